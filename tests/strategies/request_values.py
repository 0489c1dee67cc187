"""Condition keys, what requests give them and what policies ask of them, for `strategies.requests`."""

from __future__ import annotations

# Key, its type, and the values it may have in a request.
KEYS: dict[str, tuple[str, tuple[str, ...]]] = {
    "x:s": ("string", ("a", "b", "A", "ab", "a*", "${x}", "a:b/c")),
    "x:t": ("string", ("b", "ba", "", "B?", "team")),
    "aws:PrincipalTag/Team": ("string", ("a", "team", "Team", "a*")),
    "x:m": ("string", ("a", "b", "c", "ab")),
    "x:n": ("number", ("1", "1.0", "2", "10", "-3", "2.5")),
    "aws:CurrentTime": ("date", ("2024-05-01T00:00:00Z", "2024-05-01", "1714521600", "2024-05-01T02:00:00+02:00",
                                 "2025-01-01T12:30:00Z", "0")),
    "aws:SecureTransport": ("bool", ("true", "false", "True")),
    "aws:SourceIp": ("address", ("10.1.2.3", "203.0.113.9", "2001:db8::1", "2001:0db8:0:0:0:0:0:1", "::1", "10.0.0.0")),
    "x:arn": ("arn", ("arn:aws:s3:::shop", "arn:aws:iam::111122223333:role/a/b", "arn:aws:iam::111122223333:role/b",
                      "arn:aws:sns:eu-west-1:111122223333:t:u")),
    "x:b": ("binary", ("QUJD", "cXVj")),
}  # fmt: skip
WANTED: dict[str, tuple[str, ...]] = {
    "string": ("a", "b", "A", "a*", "*b", "?", "*", "ab", "a?", "te*m", "${x:s}", "${x:t, 'b'}", "${aws:username}",
               "${*}", "a${?}", "a${*}", "${x:gone}", "${x:gone,'a'}", "a:b/*"),
    "number": ("1", "2", "10", "1.00", "-3", "2.5", "0"),
    "date": ("2024-05-01T00:00:00Z", "1714521600", "2025-01-01", "2020-01-01T00:00:00Z", "1735734600",
             "2024-05-01T01:00Z"),
    "bool": ("true", "false", "TRUE"),
    "address": ("10.0.0.0/8", "203.0.113.9", "203.0.113.9/32", "0.0.0.0/0", "::/0", "2001:db8::/32", "2001:db8:0::1",
                "10.1.2.3"),
    "arn": ("arn:aws:s3:::*", "arn:aws:s3:::shop", "arn:*:iam::111122223333:role/*", "arn:aws:iam::*:role/b",
            "arn:aws:sns:*:*:*", "arn:aws:sns:eu-*:111122223333:t", "arn:aws:iam::11112222333?:role/?",
            "arn:aws:*:*:*:*", "arn:aws:iam::${aws:PrincipalAccount}:role/b", "arn:aws:*:::shop"),
    "binary": ("QUJD", "cXVj"),
}  # fmt: skip
BASES = {
    "string": ("StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase",
               "StringNotEqualsIgnoreCase"),
    "number": ("NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan",
               "NumericGreaterThanEquals"),
    "date": ("DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan",
             "DateGreaterThanEquals"),
    "bool": ("Bool",),
    "address": ("IpAddress", "NotIpAddress"),
    "arn": ("ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"),
    "binary": ("BinaryEquals",),
}  # fmt: skip

# Enough values of each key to show everything that the conditions above can tell apart.
UNIVERSE: dict[str, tuple[str, ...]] = {
    "string": ("", "a", "b", "A", "B", "z", "ab", "Ab", "aB", "AB", "az", "Az", "zb", "azb", "Azb", "a:b/", "a:b/b",
               "zz", "a?", "a*", "*", "?", "team", "tem", "Team", "TEAM", "zab", "aab", "abb", "zzb", "zzz", "a:b/z",
               "tezm", "bob", "Bob"),
    "number": ("-4", "-3", "-1", "0", "0.5", "1", "1.5", "2", "2.2", "2.5", "3", "10", "11"),
    "date": ("0", "1577836800", "1600000000", "1714521600", "1714521601", "1714525200", "1714525201", "1735689600",
             "1735689601", "1735734600", "1735734601", "1577836799"),
    "bool": ("true", "false"),
    "address": ("10.0.0.0", "10.1.2.3", "11.0.0.0", "203.0.113.9", "::", "2001:db8::", "2001:db8::1", "2001:db9::"),
    "arn": ("arn:aws:s3:::shop", "arn:aws:s3:::z", "arn:x:iam::111122223333:role/zz", "arn:aws:iam::1:role/b",
            "arn:aws:iam::111122223333:role/b", "arn:aws:iam::11112222333z:role/b", "arn:aws:iam::11112222333z:role/z",
            "arn:x:iam::111122223333:role/b", "arn:aws:iam::111122223333:role/z", "arn:aws:iam::111122223333:role/zz",
            "arn:aws:sns:x:y:z", "arn:aws:sns:eu-z:111122223333:t", "arn:aws:z:::shop", "arn:aws:z:z:z:z", "z",
            "arn:aws:iam::11112222333z:role/zz", "arn:aws:sns:::shop", "arn:aws:iam:::shop", "arn:aws:sns:x:y:shop",
            "arn:x:iam::111122223333:role/"),
    "binary": ("QUJD", "cXVj", "z"),
}  # fmt: skip
