"""An upload that is asked for over the socket is the same as one over HTTP."""

from typing import cast

import msgspec
import pytest

from gateway.media.doors import MediaDoors
from gateway.media.over_sockets import UploadingCells, with_uploads
from gateway.ports import Begun
from protocol.errors import Malformed
from protocol.post import LikePost
from protocol.upload import RequestUpload, UploadGranted
from tests.gateway.conftest import RULES
from tests.gateway.little_cluster import CATALOGUE
from tests.gateway.media.conftest import Studio

READ = with_uploads(CATALOGUE.decode_client_command)


async def test_an_address_from_the_socket_takes_the_bytes_of_the_same_upload(studio: Studio):
    over_http = await studio.asked(key="k1")
    doors = MediaDoors(studio.cluster, studio.shelf, RULES.key)
    cells = UploadingCells(cast(Begun, studio.cluster), doors.uploads)
    granted = await cells.begin("upload:new", RequestUpload(), "ann", "k1", 5.0)
    assert isinstance(granted, UploadGranted)
    assert granted.media_id == over_http["upload_id"]
    assert (await studio.put({"upload_url": granted.upload_url})).status == 200


def test_the_word_is_read_strictly_beside_those_of_the_nouns():
    asked = RequestUpload("image/png", 9)
    assert READ(msgspec.msgpack.encode(asked)) == asked
    assert READ(msgspec.msgpack.encode(LikePost())) == LikePost()
    for wrong in ({"type": "upload.request", "size_bytes": 0}, {"type": "upload.request", "more": 1}):
        with pytest.raises(Malformed):
            READ(msgspec.msgpack.encode(wrong))
