/*
 * SCardTransmit on the caller's own buffers: an APDU that carries a PIN leaves no copy that cannot be wiped.
 *
 * PC/SC part 5. The card handle is pyscard's: both take libpcsclite.so.1 from the one copy in the process.
 */
#include <winscard.h>

/* protocol: 1 for T=0, 2 for T=1. */
static long cps_transmit(long card, unsigned long protocol, const unsigned char *command, unsigned long command_length,
    unsigned char *response, unsigned long *response_length)
{
    SCARD_IO_REQUEST request = { protocol, sizeof request };

    return SCardTransmit(card, &request, command, command_length, NULL, response, response_length);
}
