"""A user with many followers in the little cluster: few in each segment, so that pages cross them."""

from actors.followers import FollowersActor, FollowersState
from actors.people import People
from actors.segments import Segment, Segments
from protocol.followers import segment_ref
from protocol.ids import user_ref
from tests.gateway.little_cluster import LittleCluster


async def gathered(cluster: LittleCluster, user: str, parts: list[list[str]]) -> None:
    """These follow the user, who has a profile, and stand in as many segments; both ends know of it."""
    listed = []
    for number, people in enumerate(parts, 1):
        actor = cluster.actors[segment_ref(user, number)] = FollowersActor()
        actor.key, actor.live = f"{user}.{number}", None
        actor.state = FollowersState(people=People.of(people), heard=1, whole=True)
        listed.append(Segment(people[0] if number > 1 else "", number, 1, len(people)))
    state = cluster.actors[user_ref(user)].state
    state.segments = Segments(listed, sum(map(len, parts)), len(parts))
