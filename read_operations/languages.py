"""The language codes that the `language` parameter takes."""

from __future__ import annotations

from typing import Final

from read_operations.errors import BadLanguage

#: Codes of the models 2021-04-12 and 2022-04-30, of which the later one dropped a few, and four of the older OCR call.
_LISTS: Final = """
    af ast bi br ca ceb ch co crh cs csb da de en es et eu fi fil fj fr fur fy ga gd gil gl gv hni hsb ht hu ia id it iu
    ja jv kaa kac kea kha kl ko ku kw lb ms mww nap nl no oc pl pt quc rm sco sl sq sv sw tet tr tt uz vo wae yua za
    zh-Hans zh-Hant zu

    af sq anp ar ast awa az bfy eu be be-cyrl be-latn bho bi brx bs bra br bg bns bua ca ceb rab ch hne zh-Hans zh-Hant
    kw co crh hr cs da prs dhi doi nl en myv et fo fj fil fi fr fur gag gl de gil gon kl gvr ht hlb hni bgc haw hi mww
    hoc hu is smn id ia iu ga it ja Jns jv kea kac xnr krc kaa-cyrl kaa csb kk-cyrl kk-latn klr kha quc ko kfq kpy kos
    kum ku-arab ku-latn kru ky lkt la lt dsb smj lb bfz ms mt kmj gv mi mr mn cnr-cyrl cnr-latn nap ne niu nog sme no oc
    os ps fa pl pt pa ksh ro rm ru sck sm sa sat sco gd sr sr-latn xsr srx sms sk sl so sma es sw sv tg tt tet thf to tr
    tk tyv hsb ur ug uz-arab uz-cyrl uz vo wae cy fy yua za zu

    el nb sr-Cyrl unk
"""
#: Every code, sorted; they match in any case.
CODES: Final = tuple(sorted(set(_LISTS.split()), key=str.lower))
_BY_LOWER_CASE: Final = {code.lower(): code for code in CODES}
#: Said by clients that want the language found out.
_UNKNOWN: Final = "unk"


def parse_language(text: str) -> str | None:
    """The code in its usual spelling; None when it leaves the language open.

    Raises:
        BadLanguage: it is not on the list.
    """
    code = _BY_LOWER_CASE.get(text.lower())
    if code is None:
        raise BadLanguage
    return None if code == _UNKNOWN else code
