"""A client of the AWS doors that works until the process is gone, for tests that kill it."""
import random
import threading

import botocore.config
import botocore.exceptions

CONFIG = botocore.config.Config(retries={"max_attempts": 0}, read_timeout=10)


class UntilGone(threading.Thread):
    """Calls step() again and again; each step is one more that was acked, or the end."""

    def __init__(self, number, seed):
        super().__init__()
        self.number, self.rng = number, random.Random(seed)
        self.acked = 0

    def step(self):
        raise NotImplementedError

    def run(self):
        try:
            while True:
                self.step()
                self.acked += 1
        except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError):
            pass
