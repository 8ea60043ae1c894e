"""Function lists, interfaces and C_GetInfo: answered in C, alike by every road that leads to them.

PKCS#11 3.2, clauses 5.4 and 5.16.
"""

from __future__ import annotations

import pytest

from tests.native.hosts import Run

INTERFACE = """
static CK_INTERFACE_PTR interface(const char *name, int major, int minor)
{
    CK_VERSION version = { major, minor };
    CK_INTERFACE_PTR found;
    OK(((CK_C_GetInterface)dlsym(module, "C_GetInterface"))((CK_UTF8CHAR_PTR)name, &version, &found, 0));
    return found;
}
"""


def test_the_function_list_is_that_of_2_40(c_host: Run) -> None:
    c_host(
        """
        CK_FUNCTION_LIST_PTR list;
        CK_C_GetFunctionList get_list = (CK_C_GetFunctionList)dlsym(module, "C_GetFunctionList");
        EXPECT(CKR_ARGUMENTS_BAD, get_list(NULL));
        OK(get_list(&list));
        EXPECT(2, list->version.major);
        EXPECT(40, list->version.minor);
        EXPECT(1, list->C_GetFunctionList == get_list);
        EXPECT(1, list->C_Sign == (CK_C_Sign)dlsym(module, "C_Sign"));
        EXPECT(1, list->C_WaitForSlotEvent == (CK_C_WaitForSlotEvent)dlsym(module, "C_WaitForSlotEvent"));
        """
    )


def test_no_member_of_a_list_is_empty(c_host: Run) -> None:
    c_host(
        """
        EXPECT(105 * sizeof(void *), sizeof *p11);
        for (unsigned i = 1; i < sizeof *p11 / sizeof(void *); i++)
            EXPECT(1, ((void **)p11)[i] != NULL);
        """
    )


@pytest.mark.parametrize(("asked", "given"), [("2, 40", "2, 40"), ("3, 0", "3, 0"), ("3, 1", "3, 0"), ("3, 2", "3, 2")])
def test_each_version_of_the_interface_is_there(c_host: Run, asked: str, given: str) -> None:
    c_host(
        f"""
        CK_VERSION given = {{ {given} }};
        EXPECT(0, memcmp(&given, interface(NULL, {asked})->pFunctionList, sizeof given));
        EXPECT(0, memcmp(&given, interface("PKCS 11", {asked})->pFunctionList, sizeof given));
        EXPECT(0, interface(NULL, {asked})->flags);
        """,
        before=INTERFACE,
    )


def test_what_is_not_offered_is_refused(c_host: Run) -> None:
    c_host(
        """
        CK_INTERFACE_PTR found;
        CK_VERSION later = { 3, 3 }, earlier = { 2, 20 };
        EXPECT(CKR_ARGUMENTS_BAD, p11->C_GetInterface(NULL, NULL, NULL, 0));
        EXPECT(CKR_ARGUMENTS_BAD, p11->C_GetInterface((CK_UTF8CHAR_PTR)"Vendor", NULL, &found, 0));
        EXPECT(CKR_ARGUMENTS_BAD, p11->C_GetInterface(NULL, &later, &found, 0));
        EXPECT(CKR_ARGUMENTS_BAD, p11->C_GetInterface(NULL, &earlier, &found, 0));
        EXPECT(CKR_ARGUMENTS_BAD, p11->C_GetInterface(NULL, NULL, &found, CKF_INTERFACE_FORK_SAFE));
        """
    )


def test_the_list_of_interfaces_in_two_calls(c_host: Run) -> None:
    c_host(
        """
        CK_INTERFACE interfaces[4];
        CK_ULONG count = 0;
        EXPECT(CKR_ARGUMENTS_BAD, p11->C_GetInterfaceList(NULL, NULL));
        OK(p11->C_GetInterfaceList(NULL, &count));
        EXPECT(3, count);
        count = 2;
        EXPECT(CKR_BUFFER_TOO_SMALL, p11->C_GetInterfaceList(interfaces, &count));
        EXPECT(3, count);
        count = 4;
        OK(p11->C_GetInterfaceList(interfaces, &count));
        EXPECT(3, count);
        for (int i = 0; i < 3; i++)
            EXPECT(0, strcmp((char *)interfaces[i].pInterfaceName, "PKCS 11"));
        EXPECT(1, interfaces[0].pFunctionList == p11);
        """
    )


@pytest.mark.parametrize("version", ["2, 40", "3, 0", "3, 2"])
def test_c_get_info_gives_the_version_of_its_own_list(c_host: Run, version: str) -> None:
    c_host(
        f"""
        CK_VERSION version = {{ {version} }};
        CK_FUNCTION_LIST_PTR list = interface(NULL, {version})->pFunctionList;
        CK_INFO info;
        OK(list->C_Initialize(NULL));
        EXPECT(CKR_ARGUMENTS_BAD, list->C_GetInfo(NULL));
        OK(list->C_GetInfo(&info));
        EXPECT(0, memcmp(&version, &info.cryptokiVersion, sizeof version));
        """,
        before=INTERFACE,
    )


def test_c_get_info_presents_the_library(c_host: Run) -> None:
    c_host(
        """
        CK_INFO info;
        OK(p11->C_Initialize(NULL));
        OK(((CK_C_GetInfo)dlsym(module, "C_GetInfo"))(&info));
        EXPECT(2, info.cryptokiVersion.major);
        EXPECT(40, info.cryptokiVersion.minor);
        EXPECT(0, memcmp(info.manufacturerID, "Cryptolib CPS                   ", 32));
        EXPECT(0, memcmp(info.libraryDescription, "PKCS#11 for CPS cards           ", 32));
        EXPECT(0, info.flags);
        EXPECT(0, info.libraryVersion.major);
        EXPECT(1, info.libraryVersion.minor);
        """
    )


def test_the_two_functions_of_parallel_sessions(c_host: Run) -> None:
    c_host(
        """
        OK(p11->C_Initialize(NULL));
        EXPECT(CKR_FUNCTION_NOT_PARALLEL, p11->C_GetFunctionStatus(1));
        EXPECT(CKR_FUNCTION_NOT_PARALLEL, p11->C_CancelFunction(1));
        """
    )


def test_the_lists_hold_our_functions_in_a_host_that_has_functions_of_the_same_name(c_host: Run) -> None:
    c_host(
        """
        OK(p11->C_Initialize(NULL));
        EXPECT(CKR_OK, slots());
        """,
        before="""
        CK_RV C_Initialize(CK_VOID_PTR unused) { (void)unused; abort(); }
        CK_RV C_GetSlotList(CK_BBOOL a, CK_SLOT_ID_PTR b, CK_ULONG_PTR c) { (void)a; (void)b; (void)c; abort(); }
        """,
    )
