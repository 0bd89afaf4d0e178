/* A small library for tests of the loader: SAMPLE_ANSWER tells one build from another. */
#include <winsock2.h>

#include <windows.h>

__declspec(dllexport) int sample_answer(void);
__declspec(dllexport) DWORD sample_process(void);
__declspec(dllexport) int _sample_reserved(void);

int sample_answer(void)
{
    return SAMPLE_ANSWER;
}

DWORD sample_process(void)
{
    return GetCurrentProcessId();
}

int _sample_reserved(void)
{
    return 0;
}
