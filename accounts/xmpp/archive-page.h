/* archive-page.h: a page of an archive while it comes, and what its messages become; for archive.c and archive-page.c. Nobody else includes it.
 *
 * The results are kept back until the page is whole, because their places depend on one another. */
#pragma once
#include "archive-state.h"

#define ARCHIVE_PAGE 100
/* A stamp in whole seconds is taken as the middle of its second. */
#define ARCHIVE_HALF (G_USEC_PER_SEC / 2)

typedef struct {
	char *id;               /* owned: the archive's */
	gint64 stamp, place;
	gboolean whole;         /* the stamp is in whole seconds */
	xmpp_stanza_t *message; /* owned */
} Result;

/* A page that is asked for. */
typedef struct {
	Archive *archive; /* borrowed */
	Hole *hole;       /* borrowed; NULL: the archive's newest end */
	char *query;      /* owned */
	char *before;     /* owned: id asked for, or NULL */
	char *chat;       /* owned: only this one's messages, or NULL */
	gint64 request;   /* the user waits; or 0 */
	GPtrArray *results; /* of Result */
} Page;

Page *archive_page_new(Archive *archive, Hole *hole);
void archive_page_free(Page *page);
/* Whether arrival is a result of the page's query; a good one is kept. */
gboolean archive_page_take(Page *page, const Arrival *arrival);
Result *archive_page_at(const Page *page, guint i);
/* How many at the page's beginning are known already; met: the page reaches what is known. */
guint archive_page_known(const Page *page, const Edge *older, gboolean *met);
/* Gives the results from one on their places: growing in the archive's order, above older (that was met, or not yet) and below newer. */
void archive_page_place(const Page *page, guint from, gboolean met, gint64 older, gint64 newer);
/* Sends a result through the steps of messages; read: it is old. */
void archive_page_dispatch(Session *session, const Page *page, const Result *result, gboolean read);
/* Whether it leads on: it must begin elsewhere than the one before, and, sooner or later, earlier. */
gboolean archive_page_leads_on(const Page *page, const Edge *from);
/* The newest result that nothing will appear below any more: the last ones are read again with the next page. NULL: there is none. */
const Result *archive_page_settled(const Page *page, guint known);
/* In how many µs nothing will appear below the edge any more, if the clocks agree; 0: now, or they don't. */
gint64 archive_edge_ripens(const Edge *edge);

/* archive.c: what another device of ours sent at that time came here as a copy. */
gboolean archive_came_as_copy(Session *session, gint64 stamp);
