// An IFD handler for pcscd: vpcd's reader with a keypad. It asks the program of the keypad (conformance/pinpad_reader)
// what the reader does with a control code, and with a command that presents or changes a code. The rest is vpcd's.
// The program listens on KEYPAD_SOCKET. Each call of pcscd has a connection of its own and begins with one question:
//
//   from here: C slot code(4) data   a control code; T   a command that brings a code
//              R response   what the card answered; E   it did not; Y, N   a card is in the slot, or is not
//   to here:   A command   for the card; P   is there a card?
//              D answer   for the application; F error   of an IFD handler; N   not for the keypad: vpcd does it
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <wintypes.h>
#include <ifdhandler.h>

enum { message_size = 4096, data_at = 5, slot_mask = 0xFFFF };
enum { verify = 0x20, change_reference_data = 0x24, reset_retry_counter = 0x2C };

typedef RESPONSECODE control_function(DWORD, DWORD, PUCHAR, DWORD, PUCHAR, DWORD, LPDWORD);
typedef RESPONSECODE transmit_function(DWORD, SCARD_IO_HEADER, PUCHAR, DWORD, PUCHAR, PDWORD, PSCARD_IO_HEADER);
typedef RESPONSECODE presence_function(DWORD);

typedef struct {
    DWORD lun;
    int keypad;
    unsigned char message[message_size];
    ssize_t size;
} conversation;

// The function of vpcd that has the same name as one of ours.
static void *of_vpcd(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}

static bool connect_keypad(conversation *with, DWORD lun)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = KEYPAD_SOCKET };
    with->lun = lun;
    with->keypad = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (with->keypad < 0)
        return false;
    if (connect(with->keypad, (struct sockaddr *)&address, sizeof address) == 0)
        return true;
    close(with->keypad);
    return false;
}

static bool say(conversation *with, size_t size)
{
    return send(with->keypad, with->message, size, MSG_NOSIGNAL) == (ssize_t)size;
}

static bool hear(conversation *with)
{
    with->size = recv(with->keypad, with->message, sizeof with->message, 0);
    return with->size > 0;
}

static bool exchange_with_card(conversation *with)
{
    transmit_function *transmit = of_vpcd("IFDHTransmitToICC");
    SCARD_IO_HEADER send_header = { .Protocol = 1 }, receive_header = send_header;
    unsigned char response[message_size - 1];
    DWORD size = sizeof response;
    RESPONSECODE result = transmit(
        with->lun, send_header, with->message + 1, (DWORD)(with->size - 1), response, &size, &receive_header);
    explicit_bzero(with->message, sizeof with->message); // the code of the holder
    if (result != IFD_SUCCESS) {
        with->message[0] = 'E';
        return say(with, 1);
    }
    with->message[0] = 'R';
    memcpy(with->message + 1, response, size);
    return say(with, size + 1);
}

static bool tell_presence(conversation *with)
{
    presence_function *presence = of_vpcd("IFDHICCPresence");
    with->message[0] = presence(with->lun) == IFD_ICC_PRESENT ? 'Y' : 'N';
    return say(with, 1);
}

// Does what the keypad asks for until it says how the call ends: 0 when the conversation broke off.
static char converse(conversation *with, size_t size)
{
    bool goes_on = say(with, size);
    while (goes_on && hear(with)) {
        if (with->message[0] == 'A')
            goes_on = exchange_with_card(with);
        else if (with->message[0] == 'P')
            goes_on = tell_presence(with);
        else
            return (char)with->message[0];
    }
    return 0;
}

static RESPONSECODE answer(const conversation *with, PUCHAR buffer, DWORD room, LPDWORD size)
{
    DWORD length = (DWORD)(with->size - 1);
    if (length > room)
        return IFD_ERROR_INSUFFICIENT_BUFFER;
    memcpy(buffer, with->message + 1, length);
    *size = length;
    return IFD_SUCCESS;
}

static RESPONSECODE error_of(const conversation *with, char end)
{
    uint32_t number;
    if (end != 'F' || with->size < (ssize_t)(1 + sizeof number))
        return IFD_COMMUNICATION_ERROR;
    memcpy(&number, with->message + 1, sizeof number);
    return ntohl(number);
}

RESPONSECODE IFDHControl(
    DWORD lun, DWORD code, PUCHAR data, DWORD data_size, PUCHAR buffer, DWORD room, LPDWORD returned)
{
    conversation with;
    uint32_t number = htonl((uint32_t)code);
    *returned = 0;
    if (data_size > message_size - 2 - sizeof number || !connect_keypad(&with, lun))
        return IFD_COMMUNICATION_ERROR;
    with.message[0] = 'C';
    with.message[1] = (unsigned char)(lun & slot_mask);
    memcpy(with.message + 2, &number, sizeof number);
    if (data_size > 0)
        memcpy(with.message + 2 + sizeof number, data, data_size);
    char end = converse(&with, 2 + sizeof number + data_size);
    close(with.keypad);
    if (end == 'D')
        return answer(&with, buffer, room, returned);
    if (end != 'N')
        return error_of(&with, end);
    control_function *control = of_vpcd("IFDHControl");
    return control(lun, code, data, data_size, buffer, room, returned);
}

static bool brings_a_code(const unsigned char *command, DWORD size)
{
    return size > data_at
        && (command[1] == verify || command[1] == change_reference_data || command[1] == reset_retry_counter);
}

RESPONSECODE IFDHTransmitToICC(DWORD lun, SCARD_IO_HEADER send_header, PUCHAR command, DWORD command_size,
    PUCHAR buffer, PDWORD size, PSCARD_IO_HEADER receive_header)
{
    conversation with;
    if (brings_a_code(command, command_size)) {
        if (!connect_keypad(&with, lun))
            return IFD_COMMUNICATION_ERROR;
        with.message[0] = 'T';
        char end = converse(&with, 1);
        close(with.keypad);
        if (end == 'D')
            return answer(&with, buffer, *size, size);
        if (end != 'N')
            return error_of(&with, end);
    }
    transmit_function *transmit = of_vpcd("IFDHTransmitToICC");
    return transmit(lun, send_header, command, command_size, buffer, size, receive_header);
}
