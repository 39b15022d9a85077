"""What waits in the broker, readable."""

import base64
import json

import redis


def queued(broker: redis.Redis) -> str:
    """Every message in every queue, headers and body."""
    found = []
    for key in broker.scan_iter():
        if broker.type(key) == b"list":
            for one in broker.lrange(key, 0, -1):
                message = json.loads(one)
                body = base64.b64decode(message.pop("body")).decode()
                found.append(json.dumps(message) + body)
    return "\n".join(found)
