"""An upload: announced, received, developed, and shown by one post; swept when none shows it in time."""

from actors.kernel import (
    Actor,
    Call,
    Effect,
    Live,
    Outcome,
    Push,
    Rejected,
    Remind,
    State,
    Tell,
    applies,
    handles,
)
from protocol import media as words
from protocol.darkroom import BEHIND, DARKROOM, DEVELOP, SWEEP, EnterJob
from protocol.ids import post_ref
from protocol.media import FAILED, GONE, PROCESSING, READY, UPLOADING
from protocol.photo import Photo
from protocol.post_media import LoseMedia, TakeMedia

SWEPT_AFTER_MS = 24 * 3_600_000
FIRST_FORMATS = 2  # what is made behind brings more


class MediaState(State):
    """What is remembered of an upload; one that never was has no owner."""

    owner: str = ""
    folder: str = ""
    declared: words.Declared = words.Declared()
    announced_at: int = 0
    status: str = ""
    size_bytes: int = 0
    sha256: str = ""
    post: str = ""
    photo: Photo | None = None
    code: str = ""
    text: str = ""


class MediaLive(Live):
    """How far a worker is."""

    percent: int = 0


class MediaActor(Actor[MediaState], kind="media", live=MediaLive):
    """Only its owner hears of it; workers and doors are our own."""

    __slots__ = ()

    def may_watch(self, part: str, user: str) -> bool:
        """The one who uploads it."""
        return user == self.state.owner

    # on its way here

    @handles
    def announce(self, command: words.AnnounceMedia, call: Call) -> Outcome:
        """Expects the bytes; the first announcement counts."""
        if self.state.owner:
            if self.state.owner != call.user:
                raise Rejected("media.taken", "another upload has this id; send it under another call id")
            return Outcome(self._record())
        announced = words.MediaAnnounced(call.user, command.folder, command.declared, call.at)
        record = words.MediaRecord(call.user, command.folder, command.declared, UPLOADING)
        return Outcome(record, [announced], [Remind(call.at + SWEPT_AFTER_MS, words.SweepMedia())])

    @handles
    def read(self, command: words.ReadMedia, call: Call) -> Outcome:
        """All that is known."""
        self._only_known()
        return Outcome(self._record())

    @handles
    def view(self, command: words.ViewMedia, call: Call) -> Outcome:
        """How far it is."""
        if not self.state.owner or call.user != self.state.owner:
            raise Rejected("media.unknown", "there is no such upload")
        state = self.state
        return Outcome(words.MediaCard(self.key, state.status, self._percent(), state.code, state.text))

    @handles
    def receive(self, command: words.ReceiveMedia, call: Call) -> Outcome:
        """Has it developed; bytes that come once more change nothing."""
        self._only_known()
        if self.state.status != UPLOADING:
            return self._too_late()
        received = words.MediaReceived(command.size_bytes, command.sha256)
        return Outcome(self._record(PROCESSING), [received], [self._job(DEVELOP), self._moved(PROCESSING)])

    # in the darkroom

    @handles("applied")
    def advance(self, command: words.AdvanceMedia, call: Call) -> Outcome:
        """Tells the author; may be lost."""
        percent = command.percent
        card = words.MediaCard(self.key, PROCESSING, percent)
        return Outcome(card, [words.MediaAdvanced(percent)], [self._moved(PROCESSING, percent)])

    @handles
    def develop(self, command: words.DevelopMedia, call: Call) -> Outcome:
        """The renditions are there: whoever shows it may."""
        self._only_known()
        state = self.state
        if state.status not in (PROCESSING, READY) or command.photo == state.photo:
            return self._too_late()
        effects: list[Effect] = [] if state.status == READY else [self._moved(READY, 100)]
        if len(command.photo.formats) <= FIRST_FORMATS:
            effects.append(self._job(BEHIND))
        if state.post:
            effects.append(Tell(post_ref(state.post), TakeMedia(self.key, command.photo)))
        return Outcome(self._record(READY), [words.MediaDeveloped(command.photo, command.sha256)], effects)

    @handles
    def refuse(self, command: words.RefuseMedia, call: Call) -> Outcome:
        """It will never be ready; the author hears why."""
        self._only_known()
        if self.state.status != PROCESSING:
            return Outcome(self._record())
        effects: list[Effect] = [self._moved(FAILED, 0, command.code, command.text)]
        if self.state.post:
            effects.append(Tell(post_ref(self.state.post), LoseMedia(self.key, command.code, command.text)))
        return Outcome(self._record(FAILED), [words.MediaRefused(command.code, command.text)], effects)

    @handles
    def delay(self, command: words.DelayMedia, call: Call) -> Outcome:
        """The author hears that it takes longer."""
        if self.state.status != PROCESSING:
            return Outcome()
        text = "This takes longer: it is looked into. Nothing is lost."
        return Outcome(None, [], [self._moved(PROCESSING, self._percent(), "media.delayed", text)])

    # in a post

    @handles
    def claim(self, command: words.ClaimMedia, call: Call) -> Outcome:
        """One post shows it, of the one who uploaded it."""
        state, post = self.state, post_ref(command.post)
        if not state.owner or state.owner != command.by or state.status == GONE:
            lost = LoseMedia(self.key, "media.unknown", "there is no such upload")
            return Outcome(None, [], [Tell(post, lost)])
        if state.post not in ("", command.post):
            lost = LoseMedia(self.key, "media.taken", "another post shows this upload")
            return Outcome(None, [], [Tell(post, lost)])
        effects = []
        if state.photo is not None:
            effects = [Tell(post, TakeMedia(self.key, state.photo))]
        elif state.status == FAILED:
            effects = [Tell(post, LoseMedia(self.key, state.code, state.text))]
        return Outcome(None, [] if state.post else [words.MediaClaimed(command.post)], effects)

    @handles
    def drop(self, command: words.DropMedia, call: Call) -> Outcome:
        """Goes with its post."""
        return self._swept() if self.state.post == command.post else Outcome()

    @handles
    def sweep(self, command: words.SweepMedia, call: Call) -> Outcome:
        """Goes when no post shows it."""
        return self._swept() if not self.state.post else Outcome()

    @applies
    def announced(self, event: words.MediaAnnounced) -> None:
        """It is expected."""
        state = self.state
        state.owner, state.folder, state.declared = event.owner, event.folder, event.declared
        state.announced_at, state.status = event.at, UPLOADING

    @applies
    def received(self, event: words.MediaReceived) -> None:
        """Its bytes are there."""
        state = self.state
        state.status, state.size_bytes, state.sha256 = PROCESSING, event.size_bytes, event.sha256

    @applies
    def developed(self, event: words.MediaDeveloped) -> None:
        """Its renditions are there."""
        state = self.state
        state.status, state.photo, state.sha256 = READY, event.photo, event.sha256

    @applies
    def refused(self, event: words.MediaRefused) -> None:
        """It will never be ready."""
        state = self.state
        state.status, state.code, state.text = FAILED, event.code, event.text

    @applies
    def claimed(self, event: words.MediaClaimed) -> None:
        """A post shows it."""
        self.state.post = event.post

    @applies
    def swept(self, event: words.MediaSwept) -> None:
        """It is gone; where its objects lay stays known until they are gone too."""
        self.state.status, self.state.photo = GONE, None

    @applies
    def advanced(self, event: words.MediaAdvanced) -> None:
        """So much is done."""
        self.live.percent = event.percent

    # what the handlers share

    def _only_known(self) -> None:
        if not self.state.owner:
            raise Rejected("media.unknown", "there is no such upload")

    def _too_late(self) -> Outcome:
        """Nothing changes; what was put into the store after it was swept is swept too."""
        return Outcome(self._record(), [], [self._job(SWEEP)] if self.state.status == GONE else [])

    def _percent(self) -> int:
        percent: int = self.live.percent
        return 100 if self.state.status == READY else percent if self.state.status == PROCESSING else 0

    def _record(self, status: str = "") -> words.MediaRecord:
        state = self.state
        return words.MediaRecord(
            state.owner, state.folder, state.declared, status or state.status, state.post, state.size_bytes,
            state.sha256, state.photo,
        )  # fmt: skip

    def _swept(self) -> Outcome:
        if not self.state.owner or self.state.status == GONE:
            return Outcome()
        return Outcome(None, [words.MediaSwept()], [self._job(SWEEP), self._moved(GONE)])

    def _job(self, kind: str) -> Effect:
        return Tell(DARKROOM, EnterJob(f"{kind}:{self.key}"))

    def _moved(self, status: str, percent: int = 0, code: str = "", text: str = "") -> Effect:
        moved = words.MediaMoved(status, percent, code, text)
        return Push(words.media_ref(self.key), moved, numbered=False)
