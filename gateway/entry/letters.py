"""What people are written, in plain text."""

from gateway.ports import Letter

CONFIRM, RESET = "confirm-email", "reset-password"  # pages; the ticket is a fragment, which no server sees


class Letters:
    """The letters of one installation. Links begin with its own address, never with what a request says."""

    def __init__(self, public_url: str) -> None:
        self._url = public_url.rstrip("/")

    def confirm(self, to: str, username: str, ticket: str) -> Letter:
        """To whom an account wants to be written."""
        link = self._link(CONFIRM, ticket)
        text = (
            f"Hello {username},\n\nopen this link within 24 hours, and mails for your account come here:\n\n"
            f"{link}\n\nIf you did not ask for this, do nothing.\n"
        )
        return Letter(to, "Confirm your address", text, link)

    def taken(self, to: str) -> Letter:
        """To whom has the address already."""
        text = (
            "Hello,\n\nsomebody, perhaps you, gave this address for another account here.\n"
            "It belongs to yours, so nothing was changed. If you forgot that you have an\n"
            f"account, ask for a new password:\n\n{self._url}/{RESET}\n"
        )
        return Letter(to, "Your address was given for another account", text)

    def reset(self, to: str, username: str, ticket: str) -> Letter:
        """To who forgot the password."""
        link = self._link(RESET, ticket)
        text = (
            f"Hello {username},\n\nopen this link within 30 minutes to choose a new password:\n\n{link}\n\n"
            "If you did not ask for this, do nothing: your password stays as it is.\n"
        )
        return Letter(to, "Choose a new password", text, link)

    def moved(self, to: str, username: str) -> Letter:
        """To the address that was the account's until now."""
        text = (
            f"Hello {username},\n\nmails for your account do not come to this address any more: it was\n"
            "changed by someone who knows your password. If that was not you, write to\n"
            "the operator at once.\n"
        )
        return Letter(to, "Your address was changed", text)

    def changed(self, to: str, username: str) -> Letter:
        """To whose password was set by a link."""
        text = (
            f"Hello {username},\n\nyour password was changed by a link that was sent to this address, and\n"
            "all your devices are logged out. If that was not you, somebody reads your mail.\n"
        )
        return Letter(to, "Your password was changed", text)

    def _link(self, page: str, ticket: str) -> str:
        return f"{self._url}/{page}#{ticket}"
