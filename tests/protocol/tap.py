"""Runs the functions named test_* of a module in order and prints TAP.

    from tap import run, Skip
    run(globals())

Arguments are names of tests to run, with or without test_ and with _ or blanks; the beginning of a name is enough. A test that
raises Skip("why") is skipped; one that raises anything else has failed. run_cases() takes titles and functions.
"""
import sys
import traceback


class Skip(Exception):
    pass


def tests_of(names):
    """Titles and functions of the tests in a module's names, in order."""
    return [(name[5:].replace("_", " "), f) for name, f in names.items() if name.startswith("test_") and callable(f)]


def run(names):
    run_cases(tests_of(names))


def run_cases(cases):
    wanted = [word.removeprefix("test_").replace("_", " ") for word in sys.argv[1:]]
    exact = [case for case in cases if case[0] in wanted]
    cases = [case for case in cases if case in exact or not exact and (not wanted or case[0].startswith(tuple(wanted)))]
    print(f"1..{len(cases)}", flush=True)
    failed = 0
    for number, (title, test) in enumerate(cases, 1):
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
