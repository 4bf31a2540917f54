"""Runs the functions named test_* of a module in order and prints TAP.

    from tap import run, Skip
    run(globals())

Arguments are names of tests to run. A test that raises Skip("why") is skipped; one that raises anything else has failed.
"""
import sys
import traceback


class Skip(Exception):
    pass


def run(names):
    tests = [(name, f) for name, f in names.items() if name.startswith("test_") and callable(f)]
    if len(sys.argv) > 1:
        tests = [(name, f) for name, f in tests if name in sys.argv[1:] or name[5:] in sys.argv[1:]]
    print(f"1..{len(tests)}", flush=True)
    failed = 0
    for number, (name, test) in enumerate(tests, 1):
        title = name[5:].replace("_", " ")
        try:
            test()
            print(f"ok {number} {title}", flush=True)
        except Skip as why:
            print(f"ok {number} {title} # SKIP {why}", flush=True)
        except Exception:
            failed += 1
            print("".join("# " + line + "\n" for line in traceback.format_exc().splitlines()), end="")
            print(f"not ok {number} {title}", flush=True)
    sys.exit(1 if failed else 0)
