"""The Python client of Manta: a core without I/O, and an asyncio shell around it. `docs/sdk.md` shows it."""

from protocol.errors import MantaError as MantaError
from protocol.session import Seen as Seen
from sdk.client import Manta as Manta
from sdk.endings import Left as Left
from sdk.endings import SessionEnded as SessionEnded
from sdk.entering import entered as entered
from sdk.live_post import LivePost as LivePost
from sdk.post import Post as Post
from sdk.post_view import PostView as PostView
from sdk.subscription import Subscription as Subscription
from sdk.tokens import GivenToken as GivenToken
from sdk.topic import News as News
from sdk.topic import Snapshot as Snapshot
