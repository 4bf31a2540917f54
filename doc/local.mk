# What kith is and speaks, for machines; tests/protocol/test-doap.py keeps it true.
dist_doc_DATA = doc/kith.doap
