/* confine.c: see confine.h.
 *
 * Landlock's header in Debian 12 is older than many kernels, so rights are masked by the kernel's own ABI number and the calls are made directly.
 * The seccomp filter is a list of what is refused, in plain BPF: it refuses the calls that turn a taken-over process into a tool.
 */
#include "base/confine.h"
#include "base/log.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define READ_RIGHTS (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define FILE_RIGHTS (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_EXECUTE)
#define ABI_1_RIGHTS ((1ULL << 13) - 1)
#define RIGHT_REFER (1ULL << 13)    /* ABI 2 */
#define RIGHT_TRUNCATE (1ULL << 14) /* ABI 3 */

static void allow(int rules, const char *path, guint64 rights)
{
	struct stat st;
	int fd = open(path, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return;
	if (!fstat(fd, &st) && !S_ISDIR(st.st_mode))
		rights &= FILE_RIGHTS | RIGHT_TRUNCATE;
	struct landlock_path_beneath_attr beneath = { .allowed_access = rights, .parent_fd = fd };
	if (syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) < 0)
		log_warning("can't allow \"%s\" to this process: %s", path, g_strerror(errno));
	close(fd);
}

static void confine_files(const char *const *writable, const char *const *extra)
{
	static const char *const readable[] = { "/usr", "/etc", "/lib", "/lib64", "/proc", "/sys/class/net", "/run/systemd/resolve", "/run/resolvconf",
	                                        "/run/NetworkManager", "/run/nscd", "/run/dbus", "/var/lib/dbus", "/dev/urandom", "/dev/random" };
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	if (abi < 1) {
		log_info("this kernel has no Landlock: files are not confined");
		return;
	}
	guint64 all = ABI_1_RIGHTS | (abi >= 2 ? RIGHT_REFER : 0) | (abi >= 3 ? RIGHT_TRUNCATE : 0);
	struct landlock_ruleset_attr attr = { .handled_access_fs = all };
	int rules = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr.handled_access_fs, 0);
	if (rules < 0)
		return;
	for (guint i = 0; i < G_N_ELEMENTS(readable); i++)
		allow(rules, readable[i], READ_RIGHTS);
	for (; extra && *extra; extra++)
		allow(rules, *extra, READ_RIGHTS);
	allow(rules, "/dev/null", FILE_RIGHTS);
	for (; *writable; writable++)
		allow(rules, *writable, all & ~(guint64)LANDLOCK_ACCESS_FS_EXECUTE);
	if (syscall(SYS_landlock_restrict_self, rules, 0) < 0)
		log_warning("files could not be confined: %s", g_strerror(errno));
	close(rules);
}

static void confine_calls(gboolean may_fork)
{
#if defined __x86_64__ || defined __aarch64__
#ifdef __x86_64__
	const guint32 arch = AUDIT_ARCH_X86_64;
#else
	const guint32 arch = AUDIT_ARCH_AARCH64;
#endif
	static const int refused[] = { SYS_execve, SYS_execveat, SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_mount, SYS_umount2,
		SYS_pivot_root, SYS_bpf, SYS_kexec_load, SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_add_key, SYS_keyctl, SYS_request_key,
		SYS_unshare, SYS_setns, SYS_userfaultfd, SYS_perf_event_open, SYS_open_by_handle_at, SYS_chroot, SYS_reboot, SYS_swapon, SYS_setsid,
		SYS_setpgid, SYS_setpriority, SYS_ioprio_set, SYS_tkill, SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo, SYS_pidfd_send_signal, SYS_migrate_pages };
	/* Allowed for the process itself, which is also what 0 means. */
	static const int own[] = { SYS_kill, SYS_tgkill, SYS_prlimit64 };
	struct sock_filter code[G_N_ELEMENTS(refused) * 2 + G_N_ELEMENTS(own) * 6 + 8];
	guint n = 0;
	code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
	code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, arch, 1, 0);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	for (guint i = 0; i < G_N_ELEMENTS(refused); i++) {
		code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (guint32)refused[i], 0, 1);
		code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
	}
	for (guint i = 0; i < G_N_ELEMENTS(own); i++) {
		code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (guint32)own[i], 0, 5);
		code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args)); /* the lower half, on both machines */
		code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (guint32)getpid(), 2, 0);
		code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0);
		code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
		code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	}
#ifdef SYS_fork
	if (!may_fork) {
		code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fork, 0, 1);
		code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
	}
#else
	(void)may_fork;
#endif
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog program = { .len = (unsigned short)n, .filter = code };
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		log_warning("calls could not be confined: %s", g_strerror(errno));
#else
	(void)may_fork;
	log_info("calls are not confined on this kind of machine");
#endif
}

static void confine(const char *const *writable, gboolean may_fork, const char *const *extra)
{
	prctl(PR_SET_DUMPABLE, 0);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
		log_warning("new privileges could not be given up: %s", g_strerror(errno));
		return;
	}
	confine_files(writable, extra);
	confine_calls(may_fork);
}

void confine_process(const char *directory, gboolean may_fork, const char *const *extra)
{
	confine((const char *const[]){ directory, NULL }, may_fork, extra);
}

void confine_to(const char *const *writable, const char *const *readable)
{
	confine(writable, FALSE, readable);
}
