/*
 * Building answers. Must not know which endpoint gives them.
 */
#include "reply.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void reply_init(struct reply *reply)
{
    *reply = (struct reply){ .status = 500, .type = "text/plain; charset=utf-8" };
    reply->body.max = SBX_ANSWER_MAX;
    reply->note.max = SBX_BODY_MAX;
}

void reply_free(struct reply *reply)
{
    buf_free(&reply->body);
    buf_free(&reply->note);
    free(reply->location);
    reply->location = NULL;
}

void reply_json(struct reply *reply, unsigned status, cJSON *json)
{
    char *text = json ? cJSON_Print(json) : NULL;
    buf_free(&reply->body);
    reply->type = "application/json";
    reply->status = text ? status : 500;
    buf_str(&reply->body, text ? text : "{}");
    buf_str(&reply->body, "\n");
    cJSON_free(text);
    cJSON_Delete(json);
}

void reply_error(struct reply *reply, unsigned status, const char *error, const char *description)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "error", error);
    cJSON_AddStringToObject(json, "error_description", description);
    reply_json(reply, status, json);
}

void reply_refusal(struct reply *reply, unsigned status, const char *message)
{
    char code[16];
    (void)snprintf(code, sizeof code, "%u", status);
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "code", code);
    cJSON_AddStringToObject(json, "message", message);
    reply_json(reply, status, json);
}

void reply_text(struct reply *reply, unsigned status, const char *text)
{
    buf_free(&reply->body);
    reply->status = status;
    reply->type = "text/plain; charset=utf-8";
    buf_str(&reply->body, text);
}

void reply_note(struct reply *reply, const char *name, const char *value)
{
    buf_printf(&reply->note, " %s=", name);
    for (; *value; value++) {
        unsigned char c = (unsigned char)*value;
        if (c < 128 && isgraph(c) && c != '%') {
            buf_add(&reply->note, value, 1);
        } else {
            buf_printf(&reply->note, "%%%02X", c);
        }
    }
}
