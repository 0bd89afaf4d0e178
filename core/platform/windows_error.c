/* What Windows says as errno numbers, which the logic looks at, and those in words. */
#include <errno.h>

#include "platform/windows.h"

enum { /* not in every winerror.h */
       STOPPED_ON_SYMLINK = 681,
       ELEVATION_REQUIRED = 740,
       DISK_QUOTA_EXCEEDED = 1295
};

static const struct {
    DWORD code;
    int number;
} table[] = {
    { ERROR_FILE_NOT_FOUND, ENOENT },
    { ERROR_PATH_NOT_FOUND, ENOENT },
    { ERROR_INVALID_DRIVE, ENOENT },
    { ERROR_BAD_NETPATH, ENOENT },
    { ERROR_BAD_NET_NAME, ENOENT },
    { ERROR_NO_MORE_FILES, ENOENT },
    { ERROR_MOD_NOT_FOUND, ENOENT },
    { ERROR_DIRECTORY, ENOTDIR },
    { ERROR_FILE_EXISTS, EEXIST },
    { ERROR_ALREADY_EXISTS, EEXIST },
    { ERROR_ACCESS_DENIED, EACCES },
    { ERROR_DELETE_PENDING, EACCES },
    { ERROR_PRIVILEGE_NOT_HELD, EPERM },
    { ERROR_INVALID_OWNER, EPERM },
    { ELEVATION_REQUIRED, EPERM },
    { ERROR_SHARING_VIOLATION, EBUSY },
    { ERROR_BUSY, EBUSY },
    { ERROR_PIPE_BUSY, EBUSY },
    { ERROR_LOCK_VIOLATION, EAGAIN },
    { WSAEWOULDBLOCK, EAGAIN },
    { ERROR_NO_SYSTEM_RESOURCES, ENOMEM },
    { ERROR_NOT_ENOUGH_MEMORY, ENOMEM },
    { ERROR_OUTOFMEMORY, ENOMEM },
    { ERROR_COMMITMENT_LIMIT, ENOMEM },
    { WSA_NOT_ENOUGH_MEMORY, ENOMEM },
    { WSAENOBUFS, ENOBUFS },
    { ERROR_DISK_FULL, ENOSPC },
    { ERROR_HANDLE_DISK_FULL, ENOSPC },
    { DISK_QUOTA_EXCEEDED, ENOSPC },
    { ERROR_FILE_TOO_LARGE, EFBIG },
    { ERROR_TOO_MANY_OPEN_FILES, EMFILE },
    { WSAEMFILE, EMFILE },
    { ERROR_TOO_MANY_LINKS, EMLINK },
    { ERROR_WRITE_PROTECT, EROFS },
    { ERROR_DIR_NOT_EMPTY, ENOTEMPTY },
    { ERROR_NOT_SAME_DEVICE, EXDEV },
    { ERROR_FILENAME_EXCED_RANGE, ENAMETOOLONG },
    { ERROR_BUFFER_OVERFLOW, ENAMETOOLONG },
    { ERROR_CANT_RESOLVE_FILENAME, ELOOP },
    { STOPPED_ON_SYMLINK, ELOOP },
    { ERROR_NO_UNICODE_TRANSLATION, EILSEQ },
    { ERROR_INVALID_NAME, EINVAL },
    { ERROR_BAD_PATHNAME, EINVAL },
    { ERROR_INVALID_PARAMETER, EINVAL },
    { ERROR_NEGATIVE_SEEK, EINVAL },
    { WSAEINVAL, EINVAL },
    { ERROR_INVALID_HANDLE, EBADF },
    { WSAEBADF, EBADF },
    { WSAENOTSOCK, ENOTSOCK },
    { ERROR_INVALID_FUNCTION, ENOSYS },
    { ERROR_CALL_NOT_IMPLEMENTED, ENOSYS },
    { ERROR_NOT_SUPPORTED, ENOTSUP },
    { WSAEOPNOTSUPP, ENOTSUP },
    { ERROR_BAD_EXE_FORMAT, ENOEXEC },
    { ERROR_BAD_FORMAT, ENOEXEC },
    { ERROR_SEM_TIMEOUT, ETIMEDOUT },
    { ERROR_TIMEOUT, ETIMEDOUT },
    { WAIT_TIMEOUT, ETIMEDOUT },
    { WSAETIMEDOUT, ETIMEDOUT },
    { ERROR_OPERATION_ABORTED, ECANCELED },
    { ERROR_CANCELLED, ECANCELED },
    { WSAEINTR, EINTR },
    { WSAEINPROGRESS, EINPROGRESS },
    { WSAEALREADY, EALREADY },
    { WSAEACCES, EACCES },
    { WSAEADDRINUSE, EADDRINUSE },
    { WSAEADDRNOTAVAIL, EADDRNOTAVAIL },
    { WSAEAFNOSUPPORT, EAFNOSUPPORT },
    { ERROR_CONNECTION_REFUSED, ECONNREFUSED },
    { WSAECONNREFUSED, ECONNREFUSED },
    { WSAECONNABORTED, ECONNABORTED },
    { WSAECONNRESET, ECONNRESET },
    { WSAENETDOWN, ENETDOWN },
    { WSAENETUNREACH, ENETUNREACH },
    { WSAEHOSTUNREACH, EHOSTUNREACH },
    { WSAENOTCONN, ENOTCONN },
    { WSAEISCONN, EISCONN },
    { WSAEMSGSIZE, EMSGSIZE },
    { ERROR_BROKEN_PIPE, EPIPE },
    { ERROR_NO_DATA, EPIPE },
    { ERROR_PIPE_NOT_CONNECTED, EPIPE },
    { WSAESHUTDOWN, EPIPE },
    { ERROR_BAD_PIPE, EPIPE },
    { ERROR_NOT_READY, ENODEV },
    { ERROR_DEV_NOT_EXIST, ENODEV },
    { ERROR_INVALID_THREAD_ID, ESRCH },
    { ERROR_SERVICE_DOES_NOT_EXIST, ESRCH },
};

int windows_error(DWORD code)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (table[i].code == code)
            return -table[i].number;
    }
    return -EIO;
}

int os_socket_error(long code)
{
    return code > 0 ? windows_error((DWORD)code) : 0;
}

int windows_last_error(void)
{
    return windows_error(GetLastError());
}

/* The words of other systems, so that messages are alike; two that mean something else here. */
static const struct {
    int number;
    const char *words;
} words[] = {
    { 0, "Success" },
    { EPERM, "Operation not permitted" },
    { ENOENT, "No such file or directory" },
    { ESRCH, "No such process" },
    { EINTR, "Interrupted call" },
    { EIO, "Input/output error" },
    { ENOEXEC, "No program or library of this kind of machine" },
    { EBADF, "Bad file handle" },
    { EAGAIN, "Resource temporarily unavailable" },
    { ENOMEM, "Cannot allocate memory" },
    { EACCES, "Permission denied" },
    { EBUSY, "Another program has it open" },
    { EEXIST, "File exists" },
    { EXDEV, "On another drive" },
    { ENODEV, "No such device" },
    { ENOTDIR, "Not a directory" },
    { EISDIR, "Is a directory" },
    { EINVAL, "Invalid name or argument" },
    { EMFILE, "Too many open files" },
    { EFBIG, "File too large" },
    { ENOSPC, "No space left on device" },
    { EROFS, "Read-only file system" },
    { EMLINK, "Too many links" },
    { EPIPE, "Broken pipe" },
    { ENAMETOOLONG, "File name too long" },
    { ENOSYS, "Function not implemented" },
    { ENOTEMPTY, "Directory not empty" },
    { EILSEQ, "Text that is no UTF-8" },
    { EADDRINUSE, "Address already in use" },
    { EADDRNOTAVAIL, "Cannot assign requested address" },
    { EAFNOSUPPORT, "Address family not supported by protocol" },
    { EALREADY, "Operation already in progress" },
    { ECANCELED, "Operation canceled" },
    { ECONNABORTED, "Software caused connection abort" },
    { ECONNREFUSED, "Connection refused" },
    { ECONNRESET, "Connection reset by peer" },
    { EHOSTUNREACH, "No route to host" },
    { EINPROGRESS, "Operation now in progress" },
    { EISCONN, "Transport endpoint is already connected" },
    { ELOOP, "Is a symbolic link or junction" },
    { EMSGSIZE, "Message too long" },
    { ENETDOWN, "Network is down" },
    { ENETUNREACH, "Network is unreachable" },
    { ENOBUFS, "No buffer space available" },
    { ENOTCONN, "Transport endpoint is not connected" },
    { ENOTSOCK, "Socket operation on non-socket" },
    { ENOTSUP, "Operation not supported" },
    { EOPNOTSUPP, "Operation not supported" },
    { EOVERFLOW, "Value too large" },
    { EPROTO, "Protocol error" },
    { ETIMEDOUT, "Connection timed out" },
    { EWOULDBLOCK, "Resource temporarily unavailable" },
};

const char *os_strerror(int code)
{
    const int number = code < 0 ? -code : code;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (words[i].number == number)
            return words[i].words;
    }
    return "Unknown error";
}
