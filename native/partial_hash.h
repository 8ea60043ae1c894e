/* The interface of cryptolib._partial_hash, for cffi. */
void cps_sha1_blocks(uint32_t *state, const uint8_t *data, size_t blocks);
void cps_sha256_blocks(uint32_t *state, const uint8_t *data, size_t blocks);
