/* A C application that reads, line by line, which PKCS#11 calls to make with which memory; it knows nothing itself.
 *
 *   load PATH              dlopen the module                    -> ok | error TEXT
 *   alloc SIZE             zeroed memory of its own             -> address
 *   edge SIZE              the same, right before a page that nobody may touch -> address
 *   write ADDRESS HEX      fill it                              -> ok
 *   read ADDRESS SIZE      look at it                           -> hex
 *   call NAME ARGUMENT...  at most eight integers or addresses  -> return value
 *   symbol NAME            of any library in the process        -> address
 *   clock                  monotonic time                       -> nanoseconds
 *   python CODE            run a line in the interpreter that the module brought along -> ok | error TEXT
 *
 * All parameters of the C_* functions are integers or pointers of one machine word, so one prototype calls them all.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define MOST_ARGUMENTS 8

typedef unsigned long word;
typedef word entry_point(word, word, word, word, word, word, word, word);

static void *module;

static void load(const char *path)
{
    module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (module == NULL)
        printf("error %s\n", dlerror());
    else
        puts("ok");
}

static uintptr_t edge(size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), pages = (size + page - 1) / page;
    char *start = mmap(NULL, (pages + 1) * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    mprotect(start + pages * page, page, PROT_NONE);
    return (uintptr_t)(start + pages * page - size);
}

static void write_memory(char *words)
{
    unsigned char *at = (unsigned char *)(uintptr_t)strtoull(strtok(words, " "), NULL, 0);
    const char *hex = strtok(NULL, " ");
    unsigned byte;

    for (; hex != NULL && sscanf(hex, "%2x", &byte) == 1; hex += 2)
        *at++ = (unsigned char)byte;
    puts("ok");
}

static void read_memory(char *words)
{
    const unsigned char *at = (const unsigned char *)(uintptr_t)strtoull(strtok(words, " "), NULL, 0);
    size_t left = strtoull(strtok(NULL, " "), NULL, 0);

    for (; left > 0; left--)
        printf("%02x", *at++);
    putchar('\n');
}

static void call(char *words)
{
    word given[MOST_ARGUMENTS] = {0};
    const char *name = strtok(words, " ");
    entry_point *entry = (entry_point *)(uintptr_t)dlsym(module, name);
    const char *argument;

    for (int i = 0; i < MOST_ARGUMENTS && (argument = strtok(NULL, " ")) != NULL; i++)
        given[i] = strtoull(argument, NULL, 0);
    if (entry == NULL)
        printf("error %s\n", dlerror());
    else
        printf("%lu\n", entry(given[0], given[1], given[2], given[3], given[4], given[5], given[6], given[7]));
}

static void find(const char *name)
{
    void *found = dlsym(RTLD_DEFAULT, name);

    if (found == NULL)
        printf("error %s\n", dlerror());
    else
        printf("%" PRIuPTR "\n", (uintptr_t)found);
}

static void print_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    printf("%" PRId64 "\n", (int64_t)now.tv_sec * 1000000000 + now.tv_nsec);
}

static void run_python(const char *code)
{
    int (*ensure)(void) = (int (*)(void))(uintptr_t)dlsym(RTLD_DEFAULT, "PyGILState_Ensure");
    void (*release)(int) = (void (*)(int))(uintptr_t)dlsym(RTLD_DEFAULT, "PyGILState_Release");
    int (*run)(const char *, void *) = (int (*)(const char *, void *))(uintptr_t)dlsym(RTLD_DEFAULT, "PyRun_SimpleStringFlags");

    if (ensure == NULL || release == NULL || run == NULL) {
        puts("error no interpreter in this process");
        return;
    }
    int state = ensure();
    int failed = run(code, NULL);
    release(state);
    puts(failed ? "error the code failed" : "ok");
}

int main(void)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t length;

    while ((length = getline(&line, &room, stdin)) > 0) {
        line[strcspn(line, "\n")] = '\0';
        char *rest = strchr(line, ' ');
        if (rest != NULL)
            *rest++ = '\0';
        if (strcmp(line, "load") == 0)
            load(rest);
        else if (strcmp(line, "alloc") == 0)
            printf("%" PRIuPTR "\n", (uintptr_t)calloc(1, strtoull(rest, NULL, 0)));
        else if (strcmp(line, "edge") == 0)
            printf("%" PRIuPTR "\n", edge(strtoull(rest, NULL, 0)));
        else if (strcmp(line, "write") == 0)
            write_memory(rest);
        else if (strcmp(line, "read") == 0)
            read_memory(rest);
        else if (strcmp(line, "call") == 0)
            call(rest);
        else if (strcmp(line, "symbol") == 0)
            find(rest);
        else if (strcmp(line, "clock") == 0)
            print_clock();
        else if (strcmp(line, "python") == 0)
            run_python(rest);
        else
            puts("error unknown order");
        fflush(stdout);
    }
    free(line);
    return 0;
}
