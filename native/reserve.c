/*
 * Reserves memory for the start of the interpreter, because a start that fails half-way cannot be repeated in the process.
 *
 * The heap is enlarged first, for Python and the C library; without that memory the start does not begin. If the heap is
 * still short, Python takes from the reserve. After the start the reserve is freed; if it was used, it stays.
 */
#include "interpreter.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { RESERVE = 8 << 20, ALIGNMENT = 16 };
/* The size of blocks that malloc takes from the heap, and the most that a start takes from it. */
enum { BLOCK = 64 << 10, BLOCKS = 32 };

static char *reserve;
static size_t taken;
static int is_open;
static void *last_block;
static PyMemAllocatorEx systems;
static PyObjectArenaAllocator systems_arenas;

/* Never reused, so it is all zeros; its size is stored before it. */
static void *take(size_t size)
{
    size_t whole = ALIGNMENT + (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    char *block = reserve + taken;

    if (!is_open || whole < size || whole > RESERVE - taken)
        return NULL;
    taken += whole;
    *(size_t *)block = size;
    return block + ALIGNMENT;
}

static int is_ours(const void *block)
{
    return (const char *)block >= reserve && (const char *)block < reserve + RESERVE;
}

static void *allocate(void *context, size_t size)
{
    void *block = systems.malloc(context, size);

    return block ? block : take(size);
}

static void *allocate_zeroed(void *context, size_t count, size_t size)
{
    void *block = systems.calloc(context, count, size);

    return block || __builtin_mul_overflow(count, size, &size) ? block : take(size);
}

static void *reallocate(void *context, void *block, size_t size)
{
    void *other;
    size_t old;

    if (block && is_ours(block)) {
        other = allocate(context, size);
        old = *(size_t *)((char *)block - ALIGNMENT);
        return other ? memcpy(other, block, old < size ? old : size) : NULL;
    }
    other = systems.realloc(context, block, size);
    if (other || !(other = take(size)) || !block)
        return other;
    old = malloc_usable_size(block);
    memcpy(other, block, old < size ? old : size);
    systems.free(context, block);
    return other;
}

static void release(void *context, void *block)
{
    if (!is_ours(block))
        systems.free(context, block);
}

static void *allocate_arena(void *context, size_t size)
{
    void *arena = systems_arenas.alloc(context, size);

    return arena ? arena : take(size);
}

static void release_arena(void *context, void *arena, size_t size)
{
    if (!is_ours(arena))
        systems_arenas.free(context, arena, size);
}

/* The last block is kept for a while: malloc returns free memory at the end of the heap to the system. */
static int enlarge_heap(void)
{
    void *blocks[BLOCKS];
    int count = 0, i;

    while (count < BLOCKS && (blocks[count] = malloc(BLOCK)))
        count++;
    for (i = 0; i < count - 1; i++)
        free(blocks[i]);
    last_block = count ? blocks[count - 1] : NULL;
    return count == BLOCKS ? 0 : -1;
}

/* Python takes from the reserve when malloc fails. */
static int lay_in(void)
{
    PyMemAllocatorEx ours = { NULL, allocate, allocate_zeroed, reallocate, release };
    PyObjectArenaAllocator arenas = { NULL, allocate_arena, release_arena };
    void *memory;

    if (reserve) {
        is_open = 1;
        return 0;
    }
    memory = mmap(NULL, RESERVE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (memory == MAP_FAILED)
        return -1;
    reserve = memory;
    is_open = 1;
    PyMem_GetAllocator(PYMEM_DOMAIN_RAW, &systems);
    PyObject_GetArenaAllocator(&systems_arenas);
    ours.ctx = systems.ctx;
    arenas.ctx = systems_arenas.ctx;
    PyMem_SetAllocator(PYMEM_DOMAIN_RAW, &ours);
    PyObject_SetArenaAllocator(&arenas);
    return 0;
}

int cps_reserve_open(void)
{
    if (enlarge_heap() == 0 && lay_in() == 0)
        return 0;
    cps_reserve_close();
    return -1;
}

void cps_reserve_close(void)
{
    free(last_block);
    last_block = NULL;
    is_open = 0;
    if (taken || !reserve)
        return;
    PyMem_SetAllocator(PYMEM_DOMAIN_RAW, &systems);
    PyObject_SetArenaAllocator(&systems_arenas);
    munmap(reserve, RESERVE);
    reserve = NULL;
}
