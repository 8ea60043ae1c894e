/*
 * Calls of libpcsclite that do not go through pyscard (PC/SC part 5). They use pyscard's handles: both share the one
 * libpcsclite.so.1 in the process.
 */
#include <reader.h>
#include <winscard.h>

/* SCardTransmit on the caller's buffers, so that an APDU with a PIN leaves no copy that cannot be wiped.
 * protocol: 1 for T=0, 2 for T=1. */
static long cps_transmit(long card, unsigned long protocol, const unsigned char *command, unsigned long command_length,
    unsigned char *response, unsigned long *response_length)
{
    SCARD_IO_REQUEST request = { protocol, sizeof request };

    return SCardTransmit(card, &request, command, command_length, NULL, response, response_length);
}

/* The return code tells whether another program has a transaction, and whether the card was reset or removed. No other
 * call tells this without waiting for that transaction. The attribute itself does not matter. */
static long cps_card_state(long card)
{
    unsigned char value[MAX_BUFFER_SIZE];
    DWORD length = sizeof value;

    return SCardGetAttrib(card, SCARD_ATTR_ATR_STRING, value, &length);
}

/* SCardConnect, without the copy of the reader's name for which pyscard takes memory that there may not be. */
static long cps_connect(long context, const char *reader, unsigned long share, unsigned long protocols,
    unsigned long *card, unsigned long *protocol)
{
    return SCardConnect(context, reader, share, protocols, (SCARDHANDLE *)card, protocol);
}
