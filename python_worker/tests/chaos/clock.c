/* A wall clock that jumps, as by a wrong NTP server, for the processes that preload this library: the file
   CLOCK_OFFSET has the seconds that it is ahead. The monotonic clock is not changed. libfaketime changes both, or
   breaks absolute sleeps. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long ahead(void) {
    static const volatile long *offset;
    if (!offset) {
        const char *file = getenv("CLOCK_OFFSET");
        int opened = file ? open(file, O_RDONLY | O_CLOEXEC) : -1;
        if (opened < 0) return 0;
        void *mapped = mmap(NULL, sizeof(long), PROT_READ, MAP_SHARED, opened, 0);
        close(opened);
        if (mapped == MAP_FAILED) return 0;
        offset = mapped;
    }
    return *offset;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    int result = syscall(SYS_clock_gettime, clock, now);
    if (!result && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += ahead();
    return result;
}

time_t time(time_t *now) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    if (now) *now = t.tv_sec;
    return t.tv_sec;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    struct timespec t;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &t);
    now->tv_sec = t.tv_sec;
    now->tv_usec = t.tv_nsec / 1000;
    return 0;
}

/* The kernel compares the deadline with its own clock. */
int sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict until) {
    static int (*wait)(sem_t *, const struct timespec *);
    if (!wait) wait = dlsym(RTLD_NEXT, "sem_timedwait");
    struct timespec t = *until;
    t.tv_sec -= ahead();
    return wait(semaphore, &t);
}
