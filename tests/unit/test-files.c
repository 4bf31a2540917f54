/* What kith-files lets foreign words do: addresses that are left alone, headers that are sent (hostile.md 65, 66). */
#include "files/job.h"
#include <arpa/inet.h>
#include <glib.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

static gboolean is_private(const char *text, gboolean *loopback)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	const struct sockaddr *address = (const struct sockaddr *)&v4;
	if (inet_pton(AF_INET, text, &v4.sin_addr) != 1) {
		g_assert_cmpint(inet_pton(AF_INET6, text, &v6.sin6_addr), ==, 1);
		address = (const struct sockaddr *)&v6;
	}
	*loopback = address_is_loopback(address);
	return address_is_private(address);
}

static void test_addresses(void)
{
	static const struct { const char *text; gboolean private, loopback; } cases[] = {
		{ "127.0.0.1", TRUE, TRUE }, { "127.255.255.255", TRUE, TRUE }, { "::1", TRUE, TRUE }, { "::ffff:127.0.0.1", TRUE, TRUE },
		{ "0.0.0.0", TRUE, FALSE }, { "0.1.2.3", TRUE, FALSE }, { "::", TRUE, FALSE },
		{ "10.0.0.1", TRUE, FALSE }, { "10.255.255.255", TRUE, FALSE }, { "172.16.0.1", TRUE, FALSE }, { "172.31.255.255", TRUE, FALSE },
		{ "192.168.1.1", TRUE, FALSE }, { "169.254.169.254", TRUE, FALSE }, { "100.64.0.1", TRUE, FALSE }, { "100.127.255.255", TRUE, FALSE },
		{ "192.0.0.8", TRUE, FALSE }, { "192.0.2.1", TRUE, FALSE }, { "198.18.0.1", TRUE, FALSE }, { "198.51.100.1", TRUE, FALSE }, { "203.0.113.1", TRUE, FALSE },
		{ "224.0.0.1", TRUE, FALSE }, { "239.255.255.255", TRUE, FALSE }, { "240.0.0.1", TRUE, FALSE }, { "255.255.255.255", TRUE, FALSE },
		{ "fe80::1", TRUE, FALSE }, { "fec0::1", TRUE, FALSE }, { "fc00::1", TRUE, FALSE }, { "fd12:3456::1", TRUE, FALSE }, { "ff02::1", TRUE, FALSE },
		{ "::ffff:10.0.0.1", TRUE, FALSE }, { "::ffff:169.254.169.254", TRUE, FALSE }, { "::10.0.0.1", TRUE, FALSE }, { "64:ff9b::10.0.0.1", TRUE, FALSE },
		{ "2002:0a00:0001::1", TRUE, FALSE }, { "2002:7f00:0001::1", TRUE, TRUE }, { "2001:0:1::1", TRUE, FALSE }, { "2001:db8::1", TRUE, FALSE },
		{ "100::1", TRUE, FALSE },
		{ "1.1.1.1", FALSE, FALSE }, { "9.255.255.255", FALSE, FALSE }, { "11.0.0.1", FALSE, FALSE }, { "172.15.255.255", FALSE, FALSE }, { "172.32.0.1", FALSE, FALSE },
		{ "192.167.255.255", FALSE, FALSE }, { "192.169.0.1", FALSE, FALSE }, { "100.63.255.255", FALSE, FALSE }, { "100.128.0.1", FALSE, FALSE },
		{ "223.255.255.255", FALSE, FALSE }, { "2606:4700::1111", FALSE, FALSE }, { "2a00:1450::1", FALSE, FALSE }, { "64:ff9b::1.1.1.1", FALSE, FALSE },
		{ "::ffff:1.1.1.1", FALSE, FALSE }, { "2002:0101:0101::1", FALSE, FALSE },
	};
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		gboolean loopback, private = is_private(cases[i].text, &loopback);
		if (private != cases[i].private || loopback != cases[i].loopback)
			g_error("%s: private %d, loopback %d", cases[i].text, private, loopback);
	}
	struct sockaddr other = { .sa_family = AF_UNIX };
	g_assert_true(address_is_private(&other));
}

static void test_headers(void)
{
	static const char *const good[] = { "Authorization: Bearer abc", "cookie: a=b", "EXPIRES: never", "Authorization:" };
	static const char *const bad[] = { "", "Authorization", "Host: x", "Content-Length: 5", "Authorization : x", " Authorization: x", "Authorization: a\r\nHost: b", "Cookie: a\nb",
		"Cookie: a\x7f", "X-Authorization: a", "Transfer-Encoding: chunked" };
	for (guint i = 0; i < G_N_ELEMENTS(good); i++)
		g_assert_true(header_is_good(good[i]));
	for (guint i = 0; i < G_N_ELEMENTS(bad); i++)
		g_assert_false(header_is_good(bad[i]));
	g_autofree char *filler = g_strnfill(9000, 'a'), *huge = g_strconcat("Cookie: ", filler, NULL);
	g_assert_false(header_is_good(huge));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/files/addresses", test_addresses);
	g_test_add_func("/files/headers", test_headers);
	return g_test_run();
}
