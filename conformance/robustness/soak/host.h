/* What the soak programs share: the loaded module, calls that are counted and watched, and a report line by line.
 *
 * A program is started as  PROGRAM MODULE SECONDS SEED [MORE...]  and reads the code porteur and the expected signature
 * of MESSAGE (hexadecimal) from standard input, a line each. It prints lines of four kinds:
 *   count FUNCTION CK_RV NUMBER MS  how often the function answered so, and how long the slowest took
 *   value NAME NUMBER
 *   checkpoint NAME                 goes on when a line comes
 *   hang FUNCTION SECONDS           a call was not back in time; backtraces are in the file that is named next
 */
#ifndef SOAK_HOST_H
#define SOAK_HOST_H

#include <pkcs11.h>
#include <stdatomic.h>

#ifndef HANG_SECONDS
#define HANG_SECONDS 15
#endif
#define HANG_STATUS 42
#define MESSAGE "soak"
#define KEY_LABEL "CPS_PRIV_SIG"

extern CK_FUNCTION_LIST *module;
extern double run_seconds;
extern char *more;

void start(int argc, char **argv);
void watch(void);
void load(void);
void is_a_child(void);
double now(void);
unsigned chance(unsigned below);
void pause_us(unsigned microseconds);

void call_begins(const char *function);
CK_RV call_ends(const char *function, CK_RV answer);

/* The module's answer to an expression such as CALL(C_Login, session, CKU_USER, pin, length). */
#define CALL(function, ...) (call_begins(#function), call_ends(#function, module->function(__VA_ARGS__)))

CK_RV first_token(CK_SLOT_ID *slot);
CK_RV open_session(CK_SLOT_ID slot, CK_SESSION_HANDLE *session);
CK_RV log_in(CK_SESSION_HANDLE session);
CK_RV find_key(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *key);
CK_RV sign(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key);

long descriptors(void);
long resident_bytes(void);
void value(const char *name, long number);
void checkpoint(const char *name);
void report(void);

/* Part of the report, that of a hang as well. */
extern atomic_long wrong_signatures, signatures, rounds;

#endif
