import asyncio
import logging
from collections.abc import AsyncIterator

import pytest

from gateway.entry import postbox as postboxes
from gateway.entry.postbox import HELD, PAUSES_S, Postbox
from gateway.ports import Letter
from protocol.errors import Overloaded, Rejected, Unavailable
from tests.gateway.mailbox import Mailbox

LETTER = Letter("ann@example.org", "Hello", "Text")


class Pauses:
    """Nobody waits; what was asked for is noted."""

    def __init__(self) -> None:
        self.taken: list[float] = []
        self.begun = asyncio.Event()

    async def __call__(self, pause_s: float) -> None:
        self.taken.append(pause_s)
        self.begun.set()
        await asyncio.sleep(0)


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def pauses() -> Pauses:
    return Pauses()


@pytest.fixture
async def postbox(mailbox: Mailbox, pauses: Pauses) -> AsyncIterator[Postbox]:
    postbox = Postbox(mailbox, pauses)
    yield postbox
    await postbox.close()


async def letter() -> Letter:
    return LETTER


async def nothing() -> None:
    return None


async def test_a_letter_is_written_and_sent_behind_the_callers_back(postbox: Postbox, mailbox: Mailbox):
    postbox.post(letter)
    assert mailbox.letters == []
    await postbox.emptied()
    assert mailbox.letters == [LETTER]
    (figure,) = await postbox.figures()
    assert (figure.labels, figure.value) == ({"outcome": "sent"}, 1)


async def test_where_nothing_is_written_nothing_is_sent(postbox: Postbox, mailbox: Mailbox):
    postbox.post(nothing)
    await postbox.emptied()
    assert (mailbox.letters, postbox.counts) == ([], {})


async def test_a_server_that_fails_is_tried_again_and_given_up_at_last(
    postbox: Postbox, mailbox: Mailbox, pauses: Pauses, caplog: pytest.LogCaptureFixture
):
    mailbox.failing = Unavailable("it is down")
    with caplog.at_level(logging.WARNING):
        postbox.post(letter)
        await postbox.emptied()
    assert pauses.taken == list(PAUSES_S)
    assert postbox.counts == {"again": len(PAUSES_S), "lost": 1}
    assert "unavailable" in caplog.text
    assert "ann" not in caplog.text


async def test_a_server_that_comes_back_gets_the_letter(postbox: Postbox, mailbox: Mailbox, pauses: Pauses):
    mailbox.failing = Unavailable("it is down")
    postbox.post(letter)
    await pauses.begun.wait()
    mailbox.failing = None
    await postbox.emptied()
    assert mailbox.letters == [LETTER]


async def test_what_is_refused_for_good_is_not_tried_again(
    postbox: Postbox, mailbox: Mailbox, pauses: Pauses
):
    mailbox.failing = Rejected("mail.refused", "no")
    postbox.post(letter)
    await postbox.emptied()
    assert (pauses.taken, postbox.counts["lost"]) == ([], 1)


async def test_a_fault_while_writing_loses_one_letter_and_quotes_nobody(
    postbox: Postbox, caplog: pytest.LogCaptureFixture
):
    async def faulty() -> Letter:
        raise ValueError("ann@example.org")

    async def refused() -> Letter:
        raise Overloaded("ann@example.org")

    with caplog.at_level(logging.WARNING):
        postbox.post(faulty)
        postbox.post(refused)
        await postbox.emptied()
    assert postbox.counts["lost"] == 2
    assert "ann" not in caplog.text


async def test_a_server_that_hangs_is_given_up_in_time(
    pauses: Pauses, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(postboxes, "ATTEMPT_S", 0.001)

    class Hanging:
        async def send(self, letter: Letter) -> None:
            await asyncio.Event().wait()

    postbox = Postbox(Hanging(), pauses)
    postbox.post(letter)
    await postbox.emptied()
    assert postbox.counts == {"again": len(PAUSES_S), "lost": 1}


async def test_the_postbox_is_bounded_and_a_full_one_fails_nobody(postbox: Postbox):
    for _ in range(HELD + 5):
        postbox.post(letter)
    assert postbox.counts["lost"] == 5
    await postbox.emptied()
    assert postbox.counts["sent"] == HELD


async def test_a_stop_gives_up_what_hangs(pauses: Pauses, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(postboxes, "CLOSE_S", 0.001)

    async def hangs() -> Letter:
        await asyncio.Event().wait()
        return LETTER

    postbox = Postbox(Mailbox(), pauses)
    postbox.post(hangs)
    await postbox.close()
    await postbox.emptied()
    assert postbox.counts["sent"] == 0
