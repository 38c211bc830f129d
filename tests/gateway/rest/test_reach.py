"""Who may, and who is here, over HTTP."""

from protocol.attendance import TellAttendance, attendance_ref, list_of
from tests.gateway.conftest import Phone
from tests.gateway.little_cluster import LittleCluster
from tests.gateway.rest.test_circle import code, do

EVERYONE = dict.fromkeys(("comment", "mention", "message", "activity"), "everyone")


async def test_everyone_may_until_it_is_said_who_may(phone: Phone):
    await phone.join("ann")
    assert await phone.get("/api/privacy/reach", "ann") == EVERYONE
    changed = await do(phone, "ann", "PUT", "privacy/reach", {"mention": "nobody", "comment": "followed"})
    assert changed == EVERYONE | {"mention": "nobody", "comment": "followed"}
    assert await phone.get("/api/privacy/reach", "ann") == changed
    assert await code(phone, "ann", "privacy/reach", "PUT", {"comment": "cats"}) == "malformed"


async def test_a_change_of_who_may_comment_holds_on_old_posts(phone: Phone):
    await phone.join("ann", "bob")
    post = await phone.post("Old", by="ann")
    comments = f"posts/{post['post_id']}/comments"
    assert (await phone.send("POST", f"/api/{comments}", "bob", {"text": "Oh"})).status == 201
    await do(phone, "ann", "PUT", "privacy/reach", {"comment": "followed"})
    refused = await phone.send("POST", f"/api/{comments}", "bob", {"text": "Oh"})
    assert (refused.status, refused.body["code"]) == (403, "post.limited")
    assert len((await phone.get(f"/api/{comments}", "bob"))["comments"]) == 1
    assert (await phone.send("POST", f"/api/{comments}", "ann", {"text": "Oh"})).status == 201
    await do(phone, "ann", "POST", "users/bob/follow")
    assert (await phone.send("POST", f"/api/{comments}", "bob", {"text": "Oh"})).status == 201


async def test_two_see_of_each_other_whether_they_are_here_or_neither_does(
    phone: Phone, cluster: LittleCluster
):
    await phone.join("ann", "bob")
    await cluster.ask(attendance_ref(list_of("ann")), TellAttendance("g", True, ["ann"], []))
    assert await phone.get("/api/users/ann/presence", "bob") == {"online": True, "last_seen": None}
    await do(phone, "bob", "PUT", "privacy/reach", {"activity": "nobody"})
    refused = await phone.send("GET", "/api/users/ann/presence", "bob")
    assert (refused.status, refused.body["code"]) == (403, "presence.private")
    assert await code(phone, "ann", "users/bob/presence") == "presence.private"
    await do(phone, "bob", "POST", "users/ann/block")
    assert await code(phone, "ann", "users/bob/presence") == "user.unknown"
