#!/usr/bin/env python3
"""Corrections, retractions, moderation, reactions, replies, files and attention of kith-xmpp, with another client, on both servers."""
import sys

sys.dont_write_bytecode = True

from xmpptest import on_prosody, run, say, server, state_of, xmpp  # noqa: E402
