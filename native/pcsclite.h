/* The interface of cryptolib._pcsclite, for cffi. */
long cps_transmit(long card, unsigned long protocol, const unsigned char *command, unsigned long command_length,
    unsigned char *response, unsigned long *response_length);
long cps_card_state(long card);
long cps_connect(long context, const char *reader, unsigned long share, unsigned long protocols, unsigned long *card,
    unsigned long *protocol);
