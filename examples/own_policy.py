"""The same evidence, judged by a policy of your own.

    python examples/own_policy.py

In a config the same stands under ``[stresstune.policy]``.
"""

import stresstune

CAREFUL = stresstune.Policy(
    headroom_ratio=0.4,  # an app that grows while it runs wants more room
    prefer="fewer_sessions",  # let fewer in, rather than slow everybody down
    max=stresstune.Bounds(max_concurrent_sessions=24),  # there are no more chairs
    pin=("slow_mode_delay_seconds",),  # reported, never written
)


def main() -> None:
    """Measure once, and decide twice."""
    workload = stresstune.Workload(sessions=30)
    memory = stresstune.probe_memory(workload, limit_bytes=2 * 10**9)
    for name, policy in (("default", stresstune.Policy()), ("careful", CAREFUL)):
        verdict = stresstune.judge(memory, None, workload, policy)
        wanted = stresstune.recommend(verdict)
        print(f"{name}: {wanted.tier}, let {wanted.max_concurrent_sessions} in")
        for reason in wanted.reasons:
            print(f"  {reason.knob}: {reason.because} {reason.clamp}".rstrip())


if __name__ == "__main__":
    main()
