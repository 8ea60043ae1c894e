/*
 * What the module asks of libpcsclite beside pyscard (PC/SC part 5): the handles are pyscard's, since both take
 * libpcsclite.so.1 from the one copy in the process.
 */
#include <reader.h>
#include <winscard.h>

/* SCardTransmit on the caller's own buffers: an APDU that carries a PIN leaves no copy that cannot be wiped.
 * protocol: 1 for T=0, 2 for T=1. */
static long cps_transmit(long card, unsigned long protocol, const unsigned char *command, unsigned long command_length,
    unsigned char *response, unsigned long *response_length)
{
    SCARD_IO_REQUEST request = { protocol, sizeof request };

    return SCardTransmit(card, &request, command, command_length, NULL, response, response_length);
}

/* The return code says whether somebody else holds the card's transaction, and whether the card was reset or removed:
 * of all calls only this one says so without waiting for that transaction. The attribute itself is of no interest. */
static long cps_card_state(long card)
{
    unsigned char value[MAX_BUFFER_SIZE];
    DWORD length = sizeof value;

    return SCardGetAttrib(card, SCARD_ATTR_ATR_STRING, value, &length);
}
