"""The classic burst as a script: everybody clicks at once.

python examples/burst_test.py          # on the emulator: the free tier, 10 requests a minute
GEMINI_API_KEY=... python examples/burst_test.py --real --concurrent 5
"""

import argparse
import sys

import stresstune
from stresstune.emulator import running_emulator, tailor


def main() -> int:
    """Make the burst, print what came of it, and return 1 where a call was refused."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--real", action="store_true", help="call Google, and pay for it")
    parser.add_argument("--concurrent", type=int, default=30)
    chosen = parser.parse_args()
    if chosen.real:
        result = stresstune.burst(stresstune.Gemini(), chosen.concurrent)
    else:
        with running_emulator(tailor("free", latency=0.5)) as emulator:
            gemini = stresstune.Gemini(base_url=emulator.base_url, api_key="any")
            result = stresstune.burst(gemini, chosen.concurrent)
    print(f"{result.successful} of {result.total} answered, half of them within", end=" ")
    print(f"{result.latency.p50_seconds:.1f} s; errors: {result.errors or 'none'}")
    print(result.recommendation)
    return int(result.rejected > 0)


if __name__ == "__main__":
    sys.exit(main())
