/* array.h - how many elements a real array has */
#ifndef BASE_ARRAY_H
#define BASE_ARRAY_H

#define NELEMS(a) (sizeof(a) / sizeof((a)[0]))

#endif
