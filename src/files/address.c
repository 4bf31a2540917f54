/* address.c: which network addresses a link from somebody else must not make us talk to (RFC 6890), and which headers a server may ask for. */
#include "files/job.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

/* The IPv4 address inside an IPv6 one: mapped, compatible, 6to4 or NAT64. */
static gboolean inner_ipv4(const guint8 *b, guint32 *address)
{
	static const guint8 mapped[12] = { [10] = 0xff, [11] = 0xff }, compatible[12] = { 0 }, nat64[12] = { 0, 0x64, 0xff, 0x9b };
	const guint8 *at = !memcmp(b, mapped, 12) || !memcmp(b, compatible, 12) || !memcmp(b, nat64, 12) ? b + 12 : b[0] == 0x20 && b[1] == 0x02 ? b + 2 : NULL;
	if (!at)
		return FALSE;
	*address = (guint32)at[0] << 24 | (guint32)at[1] << 16 | (guint32)at[2] << 8 | at[3];
	return TRUE;
}

static gboolean ipv4_is_private(guint32 a)
{
	static const struct { guint32 network; int bits; } rows[] = {
		{ 0x00000000, 8 }, { 0x0A000000, 8 }, { 0x64400000, 10 }, { 0x7F000000, 8 }, { 0xA9FE0000, 16 }, { 0xAC100000, 12 }, { 0xC0000000, 24 },
		{ 0xC0000200, 24 }, { 0xC0A80000, 16 }, { 0xC6120000, 15 }, { 0xC6336400, 24 }, { 0xCB007100, 24 }, { 0xE0000000, 4 }, { 0xF0000000, 4 },
	};
	for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
		if ((a ^ rows[i].network) >> (32 - rows[i].bits) == 0)
			return TRUE;
	return FALSE;
}

static gboolean ipv6_is_private(const guint8 *b)
{
	guint32 inner;
	if (inner_ipv4(b, &inner))
		return ipv4_is_private(inner); /* :: and ::1 are among these */
	return (b[0] & 0xFE) == 0xFC || (b[0] == 0xFE && b[1] >= 0x80) || b[0] == 0xFF || (b[0] == 0x20 && b[1] == 0x01 && (b[2] < 0x02 || (b[2] == 0x0D && b[3] == 0xB8))) ||
	       (b[0] == 0x01 && b[1] == 0x00);
}

gboolean address_is_private(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET)
		return ipv4_is_private(ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr));
	if (address->sa_family == AF_INET6)
		return ipv6_is_private(((const struct sockaddr_in6 *)(const void *)address)->sin6_addr.s6_addr);
	return TRUE;
}

gboolean address_is_loopback(const struct sockaddr *address)
{
	guint32 inner;
	if (address->sa_family == AF_INET)
		return ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr) >> 24 == 127;
	if (address->sa_family != AF_INET6)
		return FALSE;
	const guint8 *b = ((const struct sockaddr_in6 *)(const void *)address)->sin6_addr.s6_addr;
	return IN6_IS_ADDR_LOOPBACK((const struct in6_addr *)(const void *)b) || (inner_ipv4(b, &inner) && inner >> 24 == 127);
}

gboolean header_is_good(const char *header)
{
	static const char *const names[] = { "Authorization", "Cookie", "Expires" };
	gsize length = strcspn(header, ":");
	if (header[length] != ':' || strlen(header) > 8192)
		return FALSE;
	for (const char *p = header; *p; p++)
		if ((guchar)*p < 32 || *p == 127)
			return FALSE;
	for (guint i = 0; i < G_N_ELEMENTS(names); i++)
		if (strlen(names[i]) == length && !g_ascii_strncasecmp(header, names[i], length))
			return TRUE;
	return FALSE;
}
