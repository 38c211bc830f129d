"""A profile together with all that its owner knows of who wants to see it: one ask where there were two."""

from protocol.messages import EdgeCommand, Reply
from protocol.user import Profile
from protocol.user_relations import Standing


class ShowProfile(EdgeCommand, frozen=True, tag="user.show_profile"):
    """The profile as the caller may see it, and what the caller is to the user."""


class ShownProfile(Reply, frozen=True, tag="user.shown_profile"):
    """The edge decides by the standing whether the profile goes on."""

    profile: Profile
    standing: Standing
