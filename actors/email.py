"""The e-mail address of an account: the one that was confirmed, the one that waits, and links for a reset."""

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from actors.kernel import Call, Effect, Outcome, Rejected, Tell, applies, handles
from protocol import account_email as words
from protocol.account import PasswordChanged, SessionsEnded, SessionsOver
from protocol.address import ConfirmAddress, ReleaseAddress, address_ref
from protocol.ids import user_ref
from protocol.messages import Event
from protocol.revocations import NoteRevoked, revocations_ref
from protocol.user import Note, NoteActivity

if TYPE_CHECKING:
    from actors.account import AccountState


class Email(msgspec.Struct, frozen=True, array_like=True):
    """Tickets stand here as hashes only."""

    address: str = ""  # the one that was confirmed
    asked: str = ""  # the one that waits
    ticket: str = ""  # that confirms it
    until: int = 0
    spent: str = ""  # the ticket that confirmed `address`: opening it again changes nothing
    reset: str = ""  # the ticket that sets a new password
    reset_at: int = 0  # when it was asked for
    reset_until: int = 0


NONE = Email()


class OwnEmail:
    """The part of an account's actor that has its address."""

    __slots__ = ()
    key: str
    state: "AccountState"

    @handles
    def ask_email(self, command: words.AskEmail, call: Call) -> Outcome:
        """Waits for the link to be opened; what was confirmed before holds until then."""
        if not self.state.username:
            raise Rejected("account.unknown", "there is no such account")
        if command.address == self._email().address:
            return Outcome(self._email_state(asked=""))
        asked = words.EmailAsked(command.address, command.ticket, call.at + words.CONFIRM_MS)
        return Outcome(self._email_state(asked=command.address), [asked])

    @handles
    def view_email(self, command: words.ViewEmail, call: Call) -> Outcome:
        """How it stands."""
        email = self._email()
        return Outcome(self._email_state(asked=email.asked if call.at < email.until else ""))

    @handles
    def read_asked(self, command: words.ReadAsked, call: Call) -> Outcome:
        """What this link is for; nothing waits any more where it was opened before."""
        if command.ticket == self._email().spent:
            return Outcome(self._email_state(asked=""))
        return Outcome(self._email_state(asked=self._waiting(command.ticket, call)))

    @handles
    def confirm_email(self, command: words.ConfirmEmail, call: Call) -> Outcome:
        """Takes the address that waited; the addresses themselves hear of it from here."""
        before = self._email().address
        if command.ticket == self._email().spent:
            return Outcome(words.EmailChange(before, before))
        address = self._waiting(command.ticket, call)
        if command.until and call.at >= command.until:
            raise Rejected("address.late", "the address is reserved no more: open the link again")
        told: list[Effect] = [Tell(address_ref(address), ConfirmAddress(self.key, address))]
        if before and before != address:
            told.append(self._released(before))
        return Outcome(words.EmailChange(address, before), [words.EmailConfirmed(address)], told)

    @handles
    def drop_email(self, command: words.DropEmail, call: Call) -> Outcome:
        """Has none any more."""
        before = self._email().address
        dropped = [words.EmailDropped()] if self.state.email else []
        return Outcome(words.EmailChange("", before), dropped, self._email_released())

    @handles
    def lose_email(self, command: words.LoseEmail, call: Call) -> Outcome:
        """Someone else has it."""
        lost = self._email().address == command.address
        return Outcome(None, [words.EmailDropped()] if lost else [])

    # a password that was forgotten

    @handles
    def ask_reset(self, command: words.AskReset, call: Call) -> Outcome:
        """Says where to write to; nowhere without an address that was confirmed, or just after another."""
        email = self._email()
        if not email.address or call.at < email.reset_at + words.RESET_EVERY_MS:
            return Outcome(words.ResetState())
        asked = words.ResetAsked(command.ticket, call.at, call.at + words.RESET_MS)
        return Outcome(words.ResetState(email.address, self.state.username), [asked])

    @handles
    def reset_password(self, command: words.ResetPassword, call: Call) -> Outcome:
        """Takes another password for a link; nobody is logged in any more."""
        email = self._email()
        if command.ticket != email.reset or call.at >= email.reset_until:
            raise _gone()
        over = list(self.state.sessions)
        note = Note("password_reset", self.key, command.ticket[:16], call.at)
        told: list[Effect] = [Tell(user_ref(self.key), NoteActivity(note))]
        events: list[Event] = [PasswordChanged(command.password, call.at)]
        if over:
            events.append(SessionsEnded(over))
            told.append(Tell(revocations_ref(self.key), NoteRevoked(over)))
        return Outcome(SessionsOver(over), events, told)

    def _email(self) -> Email:
        return self.state.email or NONE

    def _email_state(self, asked: str) -> words.EmailState:
        return words.EmailState(self._email().address, asked, self.state.username)

    def _waiting(self, ticket: str, call: Call) -> str:
        """The address that waits for this ticket."""
        email = self._email()
        if ticket != email.ticket or call.at >= email.until:
            raise _gone()
        return email.asked

    def _released(self, address: str) -> Tell:
        return Tell(address_ref(address), ReleaseAddress(self.key))

    def _email_released(self) -> list[Effect]:
        """Told when the account has no address any more."""
        address = self._email().address
        return [self._released(address)] if address else []

    @applies
    def email_asked(self, event: words.EmailAsked) -> None:
        """It waits."""
        email = self._email()
        self.state.email = replace(email, asked=event.address, ticket=event.ticket, until=event.until)

    @applies
    def email_confirmed(self, event: words.EmailConfirmed) -> None:
        """It holds; links that were sent to the one before are good no more."""
        self.state.email = Email(event.address, spent=self._email().ticket)

    @applies
    def email_dropped(self, event: words.EmailDropped) -> None:
        """There is none."""
        self.state.email = None

    @applies
    def reset_asked(self, event: words.ResetAsked) -> None:
        """A link is about; one that was sent before is good no more."""
        email = self._email()
        self.state.email = replace(email, reset=event.ticket, reset_at=event.at, reset_until=event.until)

    def _unreset(self) -> None:
        """After a change of password no link that was sent before sets another one."""
        if self.state.email is not None:
            self.state.email = replace(self.state.email, reset="", reset_until=0)


def _gone() -> Rejected:
    return Rejected("link.gone", "this link is over, or was used already: ask for a new one")
