/*
 * LD_PRELOAD: memory that runs out when a test says so. `allocations_until_failure` counts down; at zero, and for as many
 * allocations as `failures` says, there is none.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

long allocations_until_failure = -1, failures = 0, allocations = 0;

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static int fails(void)
{
    __atomic_add_fetch(&allocations, 1, __ATOMIC_RELAXED);
    if (allocations_until_failure < 0 || __atomic_fetch_sub(&allocations_until_failure, 1, __ATOMIC_RELAXED) > 0)
        return 0;
    __atomic_store_n(
        &allocations_until_failure, __atomic_fetch_sub(&failures, 1, __ATOMIC_RELAXED) > 1 ? 0 : -1, __ATOMIC_RELAXED);
    errno = ENOMEM;
    return 1;
}

void *malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *block, size_t size)
{
    return fails() ? NULL : __libc_realloc(block, size);
}

int posix_memalign(void **block, size_t alignment, size_t size)
{
    if (fails())
        return ENOMEM;
    *block = __libc_memalign(alignment, size);
    return *block ? 0 : ENOMEM;
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return fails() ? NULL : __libc_memalign(alignment, size);
}

/* Python takes the memory of its small objects here. */
void *mmap(void *address, size_t length, int protection, int flags, int file, off_t offset)
{
    if (flags & MAP_ANONYMOUS && fails())
        return MAP_FAILED;
    return (void *)syscall(SYS_mmap, address, length, protection, flags, file, offset);
}
