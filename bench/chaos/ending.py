"""What was read back when all was quiet, against all that was acknowledged."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping

from bench.chaos.history import Call, Closing, History, PostAtEnd
from bench.chaos.members import Members
from bench.chaos.verdict import Verdict

Sets = Mapping[tuple[str, str], Members]
NOBODY = Members()
GONE = ("post.unknown", "user.unknown")  # whoever was told that it is there


def judge_ending(history: History, members: Sets, verdict: Verdict) -> None:
    """All of it."""
    if (closing := history.closing) is None:
        return
    for entity, why in closing.missing.items():
        verdict.add("lost" if why in GONE else "odd", entity, f"it cannot be read at the end: {why}")
    _judge_posts(history.calls, closing, members, verdict)
    _judge_users(closing, members, verdict)
    _judge_notes(history.calls, closing, verdict)


def _judge_posts(calls: list[Call], closing: Closing, members: Sets, verdict: Verdict) -> None:
    """Every post that was created is there once, with each like and each comment once."""
    comments = defaultdict(list)
    for call in calls:
        if call.is_write and call.what == "comment":
            comments[call.on].append(call)
    created = {call.on: call for call in calls if call.what == "create" and call.is_write}
    for ref, call in created.items():
        if call.is_acknowledged and ref not in closing.posts and ref not in closing.missing:
            verdict.add("odd", ref, "it was not looked for at the end", call.number)
    for ref, post in closing.posts.items():
        if ref in created:
            _judge_birth(ref, created[ref], post, verdict)
        _judge_likes(ref, post, members.get((ref, "likes"), NOBODY), verdict)
        _judge_comments(ref, comments[ref], post, members.get((ref, "comments"), NOBODY), verdict)


def _judge_likes(ref: str, post: PostAtEnd, likers: Members, verdict: Verdict) -> None:
    """By name, where the likers were asked one by one; by their number else."""
    if not post.liked:
        _judge_count(ref, "likes", post.likes, likers, verdict)
        return
    there = {user for user, likes in post.liked.items() if likes}
    for user in sorted(there - likers.possibly()):
        verdict.add("doubled", ref, f"{user} likes it, and has taken that back")
    for user in sorted(likers.surely() - there):
        verdict.add("lost", ref, f"the like of {user}")
    if post.likes != len(there):
        verdict.add("odd", ref, f"likes: {post.likes} are counted and {len(there)} users like it")


def _judge_birth(ref: str, call: Call, post: PostAtEnd, verdict: Verdict) -> None:
    if post.author != call.by:
        verdict.add("odd", ref, f"created by {call.by}, it belongs to {post.author}", call.number)
    if call.seen is not None and call.seen.at != post.at:
        text = f"created at {call.seen.at} as the first answer said, and once more at {post.at}"
        verdict.add("doubled", ref, text, call.number)


def _judge_count(ref: str, what: str, count: int, members: Members, verdict: Verdict) -> None:
    least, most = len(members.surely()), len(members.possibly())
    if count < least:
        verdict.add("lost", ref, f"{what}: {count} of {least} acknowledged", count=least - count)
    elif count > most:
        verdict.add("doubled", ref, f"{what}: {count}, at most {most} were asked for", count=count - most)


def _judge_comments(ref: str, calls: list[Call], post: PostAtEnd, members: Members, verdict: Verdict) -> None:
    """By name, as long as the post holds all of them; by their number else."""
    there = Counter(post.comment_ids)
    twice = {one: times for one, times in there.items() if times > 1}
    for one, times in twice.items():
        verdict.add("doubled", ref, f"the comment {one} stands there {times} times", count=times - 1)
    lost = [call for call in calls if call.seen is not None and call.seen.made not in there]
    if post.comments > len(post.comment_ids) or not (lost or twice):
        _judge_count(ref, "comments", post.comments, members, verdict)
        return
    for call in lost:
        verdict.add("lost", ref, f"the comment of {call.by}: {call.about}", call.number)


def _judge_users(closing: Closing, members: Sets, verdict: Verdict) -> None:
    """Every follow stands at both ends once, every post in its author's list."""
    for ref, user in closing.users.items():
        follows = {what: members.get((ref, what), NOBODY) for what in ("following", "followers", "posts")}
        _judge_list(ref, "following", user.following, user.following_count, follows["following"], verdict)
        _judge_list(ref, "followers", user.followers, user.follower_count, follows["followers"], verdict)
        _judge_list(ref, "posts", user.posts, user.post_count, follows["posts"], verdict)
        if user.bio >= 0:
            _judge_count(ref, "bio", user.bio, members.get((ref, "bio"), NOBODY), verdict)


def _judge_list(
    ref: str, what: str, listed: Collection[str], count: int, members: Members, verdict: Verdict
) -> None:
    by_tell = what != "following"
    there, surely = Counter(listed), members.surely()
    if missing := surely - set(there):
        text = f"{what}: {len(missing)} of {len(surely)} are missing, {', '.join(sorted(missing)[:3])}"
        verdict.add("lost", ref, text, count=len(missing), by_tell=by_tell)
    strange = set(there) - members.possibly()
    twice = {one for one, times in there.items() if times > 1}
    if more := strange | twice:
        text = f"{what}: {len(more)} are there once too often, {', '.join(sorted(more)[:3])}"
        verdict.add("doubled", ref, text, count=len(more), by_tell=by_tell)
    if count != len(listed):
        verdict.add("odd", ref, f"{what}: {count} are counted and {len(listed)} listed", by_tell=by_tell)


def _judge_notes(calls: list[Call], closing: Closing, verdict: Verdict) -> None:
    """A note for each like, comment and follow of others; where each came only once they can be counted."""
    author_of = {call.on: call.by for call in calls if call.what == "create"}
    deeds: dict[str, Counter[tuple[str, str, str]]] = defaultdict(Counter)
    sure: Counter[str] = Counter()
    for call in calls:
        to = call.about if call.what in ("follow", "unfollow") else author_of.get(call.on, "")
        is_deed = call.what in ("like", "unlike", "comment", "follow", "unfollow")
        if not (call.is_write and is_deed) or call.by == to:
            continue
        deeds[to][call.what.removeprefix("un"), call.by, call.on] += 1
        sure[to] += call.is_acknowledged
    for ref, user in closing.users.items():
        mine = deeds[ref.removeprefix("user:")]
        if user.notes < 0 or any(times > 1 for times in mine.values()):
            continue
        least, most = sure[ref.removeprefix("user:")], len(mine)
        if user.notes < least:
            text = f"{user.notes} notes of {least} were taken"
            verdict.add("lost", ref, text, count=least - user.notes, by_tell=True)
        elif user.notes > most:
            text = f"{user.notes} notes were taken where {most} things happened"
            verdict.add("doubled", ref, text, count=user.notes - most, by_tell=True)
