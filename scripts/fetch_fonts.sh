#!/bin/sh
# Fetches the fonts that scripts/train_handwriting.py draws with, from Debian's packages and npm; installs nothing.
# Usage: fetch_fonts.sh FOLDER
set -eu
folder=$1
hand="breip bwht dkg-handwriting dancingscript ecolier-court femkeklaver kristi rufscript sjfonts klee seto"
print="urw-base35 texgyre liberation lmodern gnutypewriter freefont-otf cantarell open-sans roboto-fontface ebgaramond
    linuxlibertine ocr-b jura comic-neue hack-ttf inconsolata crosextra-carlito crosextra-caladea oldstandard
    tlwg-typewriter-ttf levien-typoscript opendin lato dejavu-core courier-prime vollkorn century-catalogue
    goudybookletter sil-charis junicode"
hand_npm="caveat cedarville-cursive covered-by-your-grace gochi-hand homemade-apple indie-flower kalam patrick-hand
    nanum-pen-script reenie-beanie shadows-into-light sue-ellen-francisco herr-von-muellerhoff mr-de-haviland
    architects-daughter rock-salt schoolbell gloria-hallelujah"

from_debian() { # KIND NAMES...
    kind=$1
    shift
    mkdir -p "$folder/packages" "$folder/$kind"
    for name; do
        (cd "$folder/packages" && apt-get download -qq "fonts-$name")
        dpkg -x "$folder/packages/fonts-${name}_"*.deb "$folder/$kind"
    done
}

# shellcheck disable=SC2086
from_debian hand $hand
# shellcheck disable=SC2086
from_debian print $print
mkdir -p "$folder/hand/npm"
for name in $hand_npm; do echo "@fontsource/$name"; done |
    xargs npm install --prefix "$folder/hand/npm" --ignore-scripts --no-audit --no-fund --loglevel=error
