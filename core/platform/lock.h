/* A lock and its condition, behind which queues are the same on every system.  For this room only:
 * elsewhere threads share nothing but queues and gates. */
#ifndef DCDDNS_PLATFORM_LOCK_H
#define DCDDNS_PLATFORM_LOCK_H

#include <stdbool.h>
#include <stdint.h>

struct os_lock;

/* NULL when out of memory. */
struct os_lock *lock_new(void);
/* Nobody may hold it or wait at it. */
void lock_free(struct os_lock **);
void lock_take(struct os_lock *);
void lock_give(struct os_lock *);
/* Gives the lock up, sleeps until it is woken, and holds the lock again; may wake up for nothing.
 * False: UNTIL_MS of lock_now_ms() passed; -1: never does. */
bool lock_wait(struct os_lock *, int64_t until_ms);
void lock_wake_one(struct os_lock *);
void lock_wake_all(struct os_lock *);
/* Of a clock that never steps. */
int64_t lock_now_ms(void);

#endif
