"""A prediction that is asked for with threads, and no patience for it."""

from stresstune.memory.child.reply import Patience
from stresstune.memory.options import ProbeOptions
from stresstune.memory.request import Request
from stresstune.memory.sources import Factory
from stresstune.model.workload import Workload

PATIENCE = Patience(deadline=0.0, stall_seconds=1.0, stop=lambda: False)
REQUEST = Request(
    workload=Workload(),
    source=Factory("m:f", concurrency=2),
    mode="predict",
    limit_bytes=None,
    headroom_ratio=0.2,
    options=ProbeOptions(),
)
