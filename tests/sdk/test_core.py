"""The core alone, second by second: heartbeats, goodbyes, tokens, pace, and what a newer gateway says."""

from itertools import count

import msgspec
import pytest

from protocol import session as words
from protocol.errors import MantaError, Overloaded
from protocol.messages import Reply
from protocol.post import LikeCount, LikePost, ViewPost
from sdk.backoff import LONGEST_S, pause_s
from sdk.calls import WAITING, WINDOW, Asked
from sdk.core import OPEN_WITHIN_S, Core
from sdk.effects import Close, Connect, Effect, Renew, Send, Standing
from sdk.endings import SessionEnded
from sdk.frames import frames_of, messages_of
from sdk.line import socket_url
from sdk.words import NewMessage, NewReply, message_of, reply_of

START_S = 1_000.0


class Desk:
    """A core whose session stands, and what came of its asks."""

    def __init__(self) -> None:
        ids = count(1)
        self.core = Core(lambda: 0.5, lambda: f"i{next(ids)}")
        self.replies: list[Reply] = []
        self.errors: list[MantaError] = []
        self.core.start(START_S)
        self.core.opened(START_S, "ann", START_S + 800.0)
        self.hear(START_S, words.Welcome("ann", "s"))
        self.core.take()

    def hear(self, now_s: float, *messages: words.GatewayMessage) -> None:
        """The gateway says these."""
        self.core.heard(now_s, messages_of(msgspec.msgpack.encode(list(messages))))

    def ask(self, id: str = "a", until_s: float = START_S + 60.0) -> None:
        """One ask."""
        asked = Asked(id, "post:1", LikePost(), until_s, self.replies.append, self.errors.append)
        self.core.ask(asked)

    def said(self, now_s: float) -> list[words.PhoneMessage]:
        """What it says at that moment."""
        self.core.tick(now_s)
        sent = [effect.messages for effect in self.core.take() if isinstance(effect, Send)]
        return [message for messages in sent for message in messages]

    def effects(self, now_s: float) -> list[Effect]:
        """What it wants at that moment."""
        self.core.tick(now_s)
        return self.core.take()


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_the_token_is_in_the_first_message_and_nothing_is_said_before_the_welcome():
    core = Core(lambda: 0.5, lambda: "i", "tests", saver=True)
    core.start(0.0)
    core.watch("post:1", ViewPost())
    assert core.take() == [Connect(fresh=False)]
    core.opened(0.1, "secret")
    core.tick(0.1)
    (send,) = core.take()
    assert isinstance(send, Send)
    assert send.messages == [
        words.Hello(
            "secret", capabilities=["batch", "renew", "saver"], data_saver=True, client="tests"
        )
    ]  # fmt: skip


def test_it_says_something_every_heartbeat_and_takes_silence_of_two_for_death(desk: Desk):
    assert desk.core.due_s() == START_S + 25.0
    assert desk.said(START_S + 24.9) == []
    assert isinstance(desk.said(START_S + 25.0)[0], words.Ping)
    assert desk.said(START_S + 26.0) == []
    assert desk.effects(START_S + 50.0) == [Close()]
    assert desk.core.standing is Standing.WAITING


def test_a_pong_keeps_it_alive(desk: Desk):
    for beat in range(1, 20):
        assert isinstance(desk.said(START_S + 25.0 * beat)[0], words.Ping)
        desk.hear(START_S + 25.0 * beat + 1.0, words.Pong(1, 1))
    assert desk.core.standing is Standing.STANDING


def test_a_gateway_that_only_listens_is_pinged_too(desk: Desk):
    said = []
    for second in range(0, 49, 7):
        desk.ask(f"a{second}")
        said += desk.said(START_S + second)
    assert sum(isinstance(one, words.Ping) for one in said) == 1
    assert desk.effects(START_S + 50.0) == [Close()]


@pytest.mark.parametrize(("code", "comes_back"), [(4000, True), (4499, True), (1006, True), (1001, True),
                                                  (4500, False), (4502, False), (4999, False)])  # fmt: skip
def test_close_codes_say_whether_to_come_back(desk: Desk, code: int, comes_back: bool):
    desk.core.lost(START_S + 1.0, code)
    assert (desk.core.standing is Standing.WAITING) == comes_back
    assert isinstance(desk.core.error, SessionEnded) == (not comes_back)


def test_a_goodbye_says_when_and_where_and_is_answered_until_the_end(desk: Desk):
    desk.ask()
    assert len(desk.said(START_S)) == 1
    desk.hear(START_S + 6.0, words.Goodbye(4000, "draining", True, 3.0, "there.example"))
    desk.hear(START_S + 6.1, words.Replied("a", LikeCount(1)))
    desk.core.lost(START_S + 6.2, 4000)
    assert desk.replies == [LikeCount(1)]
    assert desk.core.due_s() == START_S + 9.0
    assert desk.effects(START_S + 9.0) == [Connect(fresh=False, where="there.example")]


def test_a_token_that_is_over_is_renewed_before_the_next_attempt(desk: Desk):
    desk.hear(START_S + 1.0, words.Goodbye(4100, "token_expired", True))
    desk.core.lost(START_S + 1.0, 4100)
    assert desk.effects(START_S + 2.0) == [Connect(fresh=True)]


def test_a_token_is_renewed_in_time_on_the_same_socket(desk: Desk):
    for beat in range(40):
        desk.hear(START_S + 20.0 * beat, words.Pong(1, 1))
    assert Renew() in desk.effects(START_S + 800.0)
    desk.core.renewed("newer", START_S + 1_600.0)
    (send,) = desk.core.take()
    assert isinstance(send, Send)
    assert isinstance(send.messages[0], words.Hello)


def test_attempts_are_spaced_ever_wider_and_a_steady_session_forgets_them(desk: Desk):
    now_s, pauses = START_S + 10.0, []
    for _ in range(9):
        desk.core.lost(now_s)
        pauses.append(desk.core.due_s() - now_s)
        now_s = desk.core.due_s()
        desk.effects(now_s)
    assert pauses == [pytest.approx(pause_s(attempt, lambda: 0.5)) for attempt in range(9)]
    assert pauses[-1] == LONGEST_S / 2
    desk.core.opened(now_s, "ann")
    desk.hear(now_s, words.Welcome("ann", "s"))
    desk.core.lost(now_s + 6.0)
    assert desk.core.due_s() - now_s - 6.0 == pytest.approx(0.25)


def test_an_attempt_that_hung_has_waited_already(desk: Desk):
    desk.core.lost(START_S + 10.0)
    began_s = desk.core.due_s()
    desk.effects(began_s)
    hung_s = desk.core.due_s()
    desk.core.tick(hung_s)
    assert hung_s - began_s == OPEN_WITHIN_S
    assert desk.core.due_s() == hung_s


def test_what_is_not_answered_is_said_again_under_its_id(desk: Desk):
    desk.ask()
    (first,) = desk.said(START_S)
    desk.hear(START_S + 1.0, words.Failed("a", "unknown", "", True, 1.0))
    assert desk.said(START_S + 2.0) == []
    assert desk.said(START_S + 2.5) == [first]
    desk.hear(START_S + 5.0, words.Pong(0, 0))
    assert desk.said(START_S + 12.6) == [first]
    desk.hear(START_S + 13.0, words.Replied("a", LikeCount(3)))
    assert desk.replies == [LikeCount(3)]


def test_an_ask_fails_with_the_code_and_retry_of_its_last_trouble(desk: Desk):
    desk.ask("a", START_S + 3.0)
    desk.ask("b")
    desk.said(START_S)
    desk.hear(START_S, words.Failed("a", "too_fast", "", True, 1.0), words.Failed("b", "post.gone", ""))
    desk.effects(START_S + 3.0)
    assert [(error.code, error.retry) for error in desk.errors] == [("post.gone", False), ("too_fast", True)]


def test_what_is_asked_is_bounded_and_batched(desk: Desk):
    for number in range(WAITING):
        desk.ask(f"a{number}")
    with pytest.raises(Overloaded):
        desk.ask("one more")
    assert len(desk.said(START_S)) == WINDOW
    word = msgspec.Raw(msgspec.msgpack.encode("x" * 900))
    frames = frames_of([words.Ask(f"a{n}", "post:1", word) for n in range(300)])
    sizes = [len(msgspec.msgpack.decode(frame)) for frame in frames]
    assert sum(sizes) == 300
    assert max(map(len, frames)) <= words.FRAME_LIMIT_BYTES


def test_an_ask_under_an_id_that_is_under_way_is_a_mistake(desk: Desk):
    desk.ask("a")
    with pytest.raises(ValueError, match="under way"):
        desk.ask("a")


def test_what_a_newer_gateway_says_is_passed_over_or_stays_readable():
    frame = msgspec.msgpack.encode(
        [{"type": "weather", "wind": 3}, {"type": "pong", "at": 1, "now": 2, "x": 0}]
    )
    assert messages_of(frame) == [words.Pong(1, 2)]
    word = msgspec.Raw(msgspec.msgpack.encode({"type": "post.shared", "by": "bob"}))
    assert reply_of(word) == NewReply("post.shared", {"by": "bob"})
    assert message_of(word) == NewMessage("post.shared", {"by": "bob"})
    for broken in (b"\x01", b"\xc1", msgspec.msgpack.encode([7])):
        with pytest.raises(msgspec.DecodeError):
            messages_of(broken)


def test_a_token_never_goes_to_a_line_that_is_less_safe():
    assert socket_url("http://127.0.0.1:8080/") == "ws://127.0.0.1:8080/ws"
    assert socket_url("https://one.example", "two.example:444") == "wss://two.example:444/ws"
    assert socket_url("https://one.example", "ws://two.example") == "wss://one.example/ws"
    assert socket_url("http://one.example", "wss://two.example") == "wss://two.example/ws"
