"""Surnames by which one sees where in a name the family's part stands."""

import re

# The most frequent of China; text.COMPOUND_SURNAMES has those of two characters.
SURNAMES = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
    "余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文欧"
    "洪施陶倪樊严牛葛温柳邢安齐伍庞颜莫章庄聂肖申闵"
)
JAPANESE = frozenset(
    """
    佐藤 鈴木 铃木 高橋 高桥 田中 渡辺 渡邊 渡边 伊藤 山本 中村 小林 加藤 吉田 山田 佐々木 山口 松本 井上
    木村 清水 斎藤 斉藤 齋藤 阿部 阿倍 森田 池田 橋本 桥本 山崎 石川 中島 中岛 前田 藤田 小川 後藤 岡田
    冈田 長谷川 长谷川 村上 近藤 石井 坂本 遠藤 远藤 青木 藤井 西村 福田 太田 三浦 藤原 岡本 冈本 松田 中川
    中野 原田 小野 田村 竹内 金子 和田 中山 石田 上田 森本 柴田 酒井 工藤 横山 宮崎 宫崎 宮本 宫本 内田
    高木 安藤 谷口 大野 丸山 今井 高田 藤本 武田 上野 杉山 増田 平野 大塚 千葉 久保 松井 野口 菊地 木下
    佐野 野村
    """.split()
)
KOREAN_OF_TWO = frozenset("남궁 황보 제갈 선우 독고 사공 서문 동방".split())
KOREAN_LATIN = frozenset(
    """
    kim lee park choi jung jeong kang cho yoon jang lim han oh seo shin kwon hwang ahn song ryu hong
    """.split()
)
# As Hong Kong spells them.
CANTONESE = frozenset(
    """
    wong chan lee cheung lau leung chow kwok ng lam cheng ho tsang tang yip mak tam lui fung kwan yeung tse
    choi yuen hui siu chiu chu wan poon pang kwong mok to szeto au auyeung tsui suen ko law
    """.split()
)
VIETNAMESE = frozenset(
    """
    nguyen tran le pham huynh hoang phan vu vo dang bui do ho ngo duong ly dinh truong doan mai trinh dao
    lam
    """.split()
)
# Those nobody else has.
VIETNAMESE_ALONE = frozenset("nguyen tran pham huynh hoang truong trinh duong dinh doan phan dang".split())
VIETNAMESE_LETTERS = re.compile("[ăđơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]", re.IGNORECASE)
# The hundred most frequent, most frequent first: Wang Wei and Wei Wang are both of the family Wang.
PINYIN = """
wang li zhang liu chen yang zhao huang zhou wu xu sun hu zhu gao lin he guo ma luo liang song zheng xie han tang feng
yu dong xiao cheng cao yuan deng fu shen zeng peng lv su lu jiang cai jia ding wei xue ye yan pan du dai xia zhong
tian ren fan fang shi yao tan liao zou xiong jin hao kong bai cui kang mao qiu qin gu hou shao meng long wan duan lei
qian yin chang qiao lai gong wen ouyang
"""
PINYIN_RANKS = {surname: rank for rank, surname in enumerate(PINYIN.split())}
