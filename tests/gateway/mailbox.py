"""A mailer that keeps what it is given."""

from gateway.ports import Letter
from protocol.errors import MantaError


class Mailbox:
    """Letters in the order in which they came; the test says what fails."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []
        self.failing: MantaError | None = None

    async def send(self, letter: Letter) -> None:
        if self.failing is not None:
            raise self.failing
        self.letters.append(letter)

    def ticket(self) -> str:
        """That of the last letter."""
        return self.letters[-1].link.partition("#")[2]
