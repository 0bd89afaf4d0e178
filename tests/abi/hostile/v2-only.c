/* A module of the next ABI only. */
const void *dcddns_plugin_v2(void);

__attribute__((visibility("default"))) const void *dcddns_plugin_v2(void)
{
    return 0;
}
