/* What the calls (abi_fuzz.c) and their arguments (abi_arguments.c) share. */
#ifndef ABI_FUZZ_H
#define ABI_FUZZ_H

#include <stddef.h>
#include <stdint.h>

enum { MOST_ARGUMENTS = 12, SESSIONS = 6 };

typedef unsigned long word;
typedef word entry_point(word, word, word, word, word, word, word, word, word, word, word, word);

struct function {
    char name[48], kinds[MOST_ARGUMENTS][32];
    int count;
    entry_point *entry;
};

/* ---- chance ---- */

extern uint64_t state;

word below(word limit);
int one_in(word times);

#define ONE_OF(array) (array)[below(sizeof(array) / sizeof *(array))]

/* ---- arguments ---- */

extern const char *pin, *puk;
extern word sessions[SESSIONS], current;
/* The length that a call says it has written, and the room it was given for that. */
extern struct output { const word *length; word room; int has_buffer; } output;

void make_areas(void);
/* Forgets the arguments of the call before: their memory is used again. */
void begin_arguments(void);
word make_argument(const struct function *function, int at, word *arguments, word *length);
/* Whether something was written before the beginning of a buffer. */
int wrote_before_a_buffer(void);

#endif
