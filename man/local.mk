man_MANS += man/kith-history.5
EXTRA_DIST += man/kith-history.5
