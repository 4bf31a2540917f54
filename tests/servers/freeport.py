#!/usr/bin/python3
"""freeport.py [N]: prints N (default 1) loopback TCP ports that are free now, on one line.

Only for a port that must stay closed ("connection refused"); servers choose theirs in launch.py.
"""
import sys

from lifetime import free_ports

print(*free_ports(int(sys.argv[1]) if len(sys.argv) > 1 else 1))
