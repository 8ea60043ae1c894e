/*
 * A question to pcscd with a limit. One thread at a time asks.
 */
#ifndef CPS_SERVICE_H
#define CPS_SERVICE_H

/*
 * Whether the service answers within so many milliseconds; `keep` keeps the socket for the next question. A service
 * that cannot be asked counts as answering: then libpcsclite says what is wrong, and says it at once.
 */
int cps_service_answers(int milliseconds, int keep);
/* Closes the socket that was kept. In a forked child, where it is the parent's, before anything is asked. */
void cps_forget_service(void);

#endif
