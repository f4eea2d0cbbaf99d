"""startup: `up` ready, and its idle memory."""
import time

from peers import Up, memory_mib, spread


def run(rounds, rows):
    ready, memory = [], []
    for _ in range(max(rounds, 5)):
        up = Up()
        time.sleep(3)
        ready.append(up.ready_seconds * 1000)
        memory.append(memory_mib(up.pid))
        up.stop()
    print(f"`up` ready after, ms: {spread(ready)}")
    print(f"`up` idle memory, MiB RSS: {spread(memory)}")
    return {"ready_ms": ready, "rss_mib": memory}
