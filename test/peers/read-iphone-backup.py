"""Reads an encrypted iPhone backup with Python's standard library and the openssl program: a second opinion on our reader.

Usage: read-iphone-backup.py FOLDER PASSWORD [DATABASE-FOLDER]; prints {path: SHA-256 of the file} as JSON. Databases
(*.sqlitedb, Photos.sqlite, Manifest.db) are also written into DATABASE-FOLDER.
"""
import hashlib
import json
import os
import plistlib
import sqlite3
import struct
import subprocess
import sys


def openssl(cipher, key, data, iv=None):
    command = ["openssl", "enc", "-d", f"-{cipher}", "-nopad", "-K", key.hex()]
    if iv is not None:
        command += ["-iv", iv.hex()]
    return subprocess.run(command, input=data, capture_output=True, check=True).stdout


def unwrap(kek, wrapped):
    """RFC 3394, 2.2.2."""
    blocks = [wrapped[at : at + 8] for at in range(0, len(wrapped), 8)]
    count = len(blocks) - 1
    check = blocks[0]
    for step in range(5, -1, -1):
        for at in range(count, 0, -1):
            mixed = struct.unpack(">Q", check)[0] ^ (count * step + at)
            plain = openssl("aes-256-ecb", kek, struct.pack(">Q", mixed) + blocks[at])
            check, blocks[at] = plain[:8], plain[8:]
    if check != b"\xa6" * 8:
        sys.exit("wrong password")
    return b"".join(blocks[1:])


def keybag(data):
    header, classes, at = {}, [], 0
    while at < len(data):
        tag, length = data[at : at + 4].decode(), struct.unpack(">I", data[at + 4 : at + 8])[0]
        value, at = data[at + 8 : at + 8 + length], at + 8 + length
        if tag == "UUID" and "UUID" in header:
            classes.append({})
        (classes[-1] if classes else header)[tag] = value
    return header, {struct.unpack(">I", one["CLAS"])[0]: one["WPKY"] for one in classes}


def main(folder, password, databases=None):
    with open(os.path.join(folder, "Manifest.plist"), "rb") as file:
        manifest = plistlib.load(file)
    header, classes = keybag(manifest["BackupKeyBag"])
    number = lambda name: struct.unpack(">I", header[name])[0]
    first = hashlib.pbkdf2_hmac("sha256", password.encode(), header["DPSL"], number("DPIC"), 32)
    kek = hashlib.pbkdf2_hmac("sha1", first, header["SALT"], number("ITER"), 32)
    opened = {}

    def key_of(wrapped):
        number = struct.unpack("<I", wrapped[:4])[0]
        if number not in opened:
            opened[number] = unwrap(kek, classes[number])
        return unwrap(opened[number], wrapped[4:])

    def decrypt(path, wrapped):
        with open(path, "rb") as file:
            return openssl("aes-256-cbc", key_of(wrapped), file.read(), bytes(16))

    found = {}
    listing = decrypt(os.path.join(folder, "Manifest.db"), manifest["ManifestKey"])
    place = os.path.join(databases, "Manifest.db")
    with open(place, "wb") as file:
        file.write(listing)
    rows = sqlite3.connect(place).execute("SELECT fileID, relativePath, file FROM Files WHERE flags = 1")
    for file_id, path, blob in rows:
        archive = plistlib.loads(blob)
        objects = archive["$objects"]
        record = objects[archive["$top"]["root"].data]
        wrapped = objects[record["EncryptionKey"].data]["NS.data"]
        data = decrypt(os.path.join(folder, file_id[:2], file_id), wrapped)[: record["Size"]]
        found[path] = hashlib.sha256(data).hexdigest()
        if path.endswith((".sqlitedb", ".sqlite")) or "-wal" in path:
            with open(os.path.join(databases, os.path.basename(path)), "wb") as file:
                file.write(data)
    print(json.dumps(found))


main(*sys.argv[1:])
