/* The bubbles that may still be on the screen, so that a newer one takes the place of an older and
 * a click finds its page.  Must not know of the bus. */
#include "desktop_shown.h"

#include <stdio.h>
#include <string.h>

struct desktop_place *desktop_shown_by_key(struct desktop_shown *shown, const char *key)
{
    for (size_t i = 0; i < DESKTOP_SHOWN_MAX; i++) {
        struct desktop_place *place = &shown->places[i];
        if (place->id != 0 && strcmp(place->key, key) == 0)
            return place;
    }
    return NULL;
}

struct desktop_place *desktop_shown_by_id(struct desktop_shown *shown, uint32_t id)
{
    for (size_t i = 0; i < DESKTOP_SHOWN_MAX; i++) {
        if (id != 0 && shown->places[i].id == id)
            return &shown->places[i];
    }
    return NULL;
}

/* A button whose page is forgotten does nothing.  An empty place has turn 0. */
static int goes_first(const struct desktop_place *a, const struct desktop_place *b)
{
    if (!*a->url != !*b->url)
        return !*a->url;
    return a->turn < b->turn;
}

static struct desktop_place *least_needed(struct desktop_shown *shown)
{
    struct desktop_place *place = &shown->places[0];
    for (size_t i = 1; i < DESKTOP_SHOWN_MAX; i++) {
        if (goes_first(&shown->places[i], place))
            place = &shown->places[i];
    }
    return place;
}

void desktop_shown_add(struct desktop_shown *shown, const struct desktop_bubble *bubble,
                       uint32_t id)
{
    struct desktop_place *place = desktop_shown_by_key(shown, bubble->key);
    if (!place)
        place = least_needed(shown);
    *place = (struct desktop_place){ .id = id, .turn = ++shown->turn };
    snprintf(place->key, sizeof(place->key), "%s", bubble->key);
    snprintf(place->url, sizeof(place->url), "%s", bubble->url);
}
