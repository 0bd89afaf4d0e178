/* SPDX-License-Identifier: MIT
 *
 * The HTTP header that logs in (RFC 7617).  Pure: text in, text out. */
#ifndef BRIGHTBOX_LOGIN_H
#define BRIGHTBOX_LOGIN_H

#include <stdbool.h>

enum { LOGIN_PART_MAX = 64, LOGIN_HEADER_SIZE = 256 };

/* "Authorization: Basic ..." for USER and PASSWORD.  False when one is longer than LOGIN_PART_MAX
 * bytes or USER holds a colon.  What it writes is a secret: login_wipe() it after use. */
bool login_header(const char *user, const char *password, char header[LOGIN_HEADER_SIZE]);
/* Overwrites SIZE bytes, in a way that the compiler does not leave out. */
void login_wipe(void *data, unsigned long size);

#endif
