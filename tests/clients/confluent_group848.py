"""What a user of confluent-kafka reads who asks for the new group protocol: confluent_group848.py BOOTSTRAP group848

The shared scenario passes over errors of poll(). Exit status 1 and the error's text, or 0 when there is none in 20 s.
"""

import sys
import time

from confluent_kafka import Consumer

consumer = Consumer({"bootstrap.servers": sys.argv[1], "group.id": "g", "group.protocol": "consumer"})
consumer.subscribe(["any"])
end = time.monotonic() + 20
while time.monotonic() < end:
    message = consumer.poll(1)
    if message is not None and message.error() is not None:
        sys.exit(str(message.error()))
