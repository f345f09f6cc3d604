"""What people call products in English, Spanish and Portuguese, and where the Harmonized System has them.

The names of headings are in the words of customs, and in English only: nobody finds a chompa among them.
"""

import unicodedata

_WORDS = {
    "0407": "egg huevo ovo",
    "0409": "honey miel mel",
    "0603": "flower flor",
    "0702 0703 0704 0706 0709": "vegetable hortaliza verdura hortalica",
    "0713": "bean pulse frijol menestra feijao lenteja lentilha",
    "080440": "avocado palta aguacate abacate",
    "0805": "citrus citrico limon limao naranja laranja",
    "081040": "blueberry arandano mirtilo",
    "0901": "coffee cafe",
    "0902": "tea cha",
    "0904": "pepper paprika aji pimienta pimenta",
    "100850": "quinoa quinua",
    "1509": "olive aceituna oliva azeite",
    "17": "sugar azucar acucar panela rapadura",
    "1801 1803 1804 1805 1806": "cocoa cacao cacau chocolate",
    "1905": "biscuit cookie galleta biscoito bread pan pao",
    "2007": "jam mermelada geleia",
    "2008": "nut snack mani amendoim castana castanha",
    "2204": "wine vino vinho",
    "2208": "spirit pisco cachaca ron rum tequila mezcal",
    "3304 3401": "cosmetic cosmetico soap jabon sabao sabonete",
    "41": "leather cuero couro hide piel pele",
    "4202": "bag handbag purse bolso bolsa cartera carteira mochila backpack luggage maleta mala wallet billetera",
    "420330": "belt cinturon cinto",
    "4415 4419 4420 4421": "wood madera madeira woodware",
    "4602": "basket cesta canasta basketry cesteria cestaria",
    "5102 5105 5108": "alpaca fibre vicuna fibra",
    "51": "wool lana la",
    "52": "cotton algodon algodao",
    "57": "carpet rug alfombra tapete",
    "6101 6102 6103 6104": "coat abrigo casaco poncho",
    "6109": "tshirt polo camiseta",
    "6110": "sweater jumper jersey pullover chompa sueter blusa alpaca cardigan",
    "6111 6209": "baby bebe",
    "611610 611691 611692 611693 611699": "glove guante luva",
    "611710 6214": "scarf shawl chalina bufanda chal xale cachecol echarpe manta",
    "61 62": "clothes clothing garment ropa prenda roupa vestido dress",
    "6302": "linen towel toalla toalha sabana lencol",
    "6301": "blanket frazada cobija cobertor",
    "64": "footwear shoe zapato sapato calzado calcado boot bota sandal sandalia sneaker zapatilla tenis",
    "6406": "sole suela sola insole plantilla palmilha heel taco salto upper cabedal",
    "6505": "hat sombrero chapeu chullo gorro cap gorra bone",
    "6911 6912 6913": "ceramic ceramica pottery tableware vajilla louca",
    "7113 7116 7117": "jewellery jewelry joya joyeria joia joalheria silver plata prata bijouterie bisuteria",
    "7308 7326": "metal metalwork steel acero aco iron hierro ferro",
    "8453": "machine maquina maquinaria",
    "9401": "chair silla cadeira sofa seat asiento",
    "9403": "furniture mueble movel table mesa",
    "9405": "lamp lampara luminaria light",
    "9503": "toy juguete brinquedo",
    "9505": "christmas navidad natal ornament adorno",
}


def _fold(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text.casefold())
    return "".join(letter for letter in decomposed if letter.isalpha() or letter == " ")


_PREFIXES: dict[str, tuple[str, ...]] = {}
for _prefixes, _words in _WORDS.items():
    for _word in _words.split():
        _PREFIXES[_word] = (*_PREFIXES.get(_word, ()), *_prefixes.split())


def hs_prefixes(text: str) -> tuple[str, ...]:
    """Where to look for everyday words: "chompas de alpaca" -> the codes that begin with 6110, 5102, 5105 or 5108.

    Plurals are understood; words that say nothing of the kind give nothing.
    """
    found: dict[str, None] = {}
    for word in _fold(text).split():
        for form in (word, word.removesuffix("s"), word.removesuffix("es")):
            found.update(dict.fromkeys(_PREFIXES.get(form, ())))
    return tuple(found)
