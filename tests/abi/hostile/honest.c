/* Breaks no promise: shows that the others are refused for what they break. */
#include "hostile.h"

DCDDNS_ENTRY(hostile)
{
    honest("honest");
    return &plugin;
}
